internal import MonitorCore

extension String {
    /// The one of the candidates that a person most likely meant by this text; nil when none is near.
    ///
    /// Near is what changing, adding, leaving out or swapping a third of the letters leads to, and else what begins
    /// with this text. Case does not count. Of equally near ones the first wins.
    package func nearest(among candidates: [String]) -> String? {
        let limit = max(1, min(utf8.count, 60) / 3)
        let scored = candidates.compactMap { candidate -> (name: String, distance: Int)? in
            guard abs(candidate.utf8.count - utf8.count) <= limit else { return nil }
            let distance = Array(lowercased().utf8).editDistance(to: Array(candidate.lowercased().utf8))
            return distance <= limit ? (candidate, distance) : nil
        }
        if let best = scored.min(by: { $0.distance < $1.distance }) { return best.name }
        return utf8.count < 3 ? nil : candidates.first { $0.lowercased().hasPrefix(lowercased()) }
    }
}

extension [UInt8] {
    /// How many changes lead from one to the other: the optimal string alignment distance.
    fileprivate func editDistance(to other: Self) -> Int {
        var beforeLast: [Int] = []
        var last = [Int](0...other.count)
        for (row, byte) in enumerated() {
            var current = [row + 1]
            for (column, otherByte) in other.enumerated() {
                var best = Swift.min(
                    last[column + 1] + 1, current[column] + 1, last[column] + (byte == otherByte ? 0 : 1))
                if row > 0, column > 0, byte == other[column - 1], self[row - 1] == otherByte {
                    best = Swift.min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[other.count]
    }
}
