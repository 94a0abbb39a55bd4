internal import MonitorCore

/// The nearest of some words to a word that was probably mistyped.
struct Suggestion {
    /// The words that are close enough to be meant, the nearest first, at most three.
    static func candidates(for word: String, among words: some Sequence<String>) -> [String] {
        let limit = max(1, min(3, word.count / 3))
        return words.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.distance <= limit || !word.isEmpty && $0.word.hasPrefix(word) }
            .sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }
            .prefix(3).map(\.word)
    }

    /// `; did you mean 'a' or 'b'?`, or nothing.
    static func phrase(for word: String, among words: some Sequence<String>) -> String {
        let candidates = candidates(for: word, among: words)
        return candidates.isEmpty
            ? "" : "; did you mean \(candidates.map { "'\($0.escapedForDisplay())'" }.joined(separator: " or "))?"
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other
    /// (Damerau and Levenshtein, optimal string alignment).
    static func distance(_ from: String, _ to: String) -> Int {
        let (a, b) = (Array(from), Array(to))
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
