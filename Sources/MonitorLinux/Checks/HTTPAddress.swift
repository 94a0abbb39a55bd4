internal import MonitorCore

/// A URL of the schemes `http` and `https`, taken apart.
///
/// Stricter than what browsers take, so that no two readers of it understand it differently: libcurl is given the same
/// text, and must connect to the host that was looked up.
struct HTTPAddress: Sendable, Equatable {
    let isSecure: Bool
    /// A name or an address, without brackets.
    let host: String
    let port: UInt16
    /// For messages: without what may be a secret, the user and the query.
    let shown: String

    /// - Throws: a phrase that says what is wrong.
    init(parsing url: String) throws(InvalidHTTPTarget) {
        func refuse(_ reason: String) -> InvalidHTTPTarget { InvalidHTTPTarget(reason: reason) }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw refuse("the url has a blank, a control character, a backslash or a letter beyond ASCII in it")
        }
        guard let colon = url.firstRange(of: "://") else {
            throw refuse("the url doesn't begin with http:// or https://")
        }
        let scheme = url[..<colon.lowerBound].lowercased()
        guard ["http", "https"].contains(scheme) else { throw refuse("the url doesn't begin with http:// or https://") }
        isSecure = scheme == "https"
        let rest = url[colon.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        let place = authority[
            (authority.lastIndex(of: "@").map { authority.index(after: $0) } ?? authority.startIndex)...]
        let name: Substring
        let behind: Substring
        if place.hasPrefix("[") {
            guard let bracket = place.firstIndex(of: "]") else { throw refuse("the url has a bracket too few") }
            name = place[place.index(after: place.startIndex)..<bracket]
            behind = place[place.index(after: bracket)...]
        } else {
            let colon = place.firstIndex(of: ":") ?? place.endIndex
            (name, behind) = (place[..<colon], place[colon...])
        }
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || "-._:".contains($0) }) else {
            throw refuse("the url has no host")
        }
        host = String(name)
        switch behind {
        case "", ":": port = scheme == "https" ? 443 : 80
        default:
            guard behind.hasPrefix(":"), let number = UInt16(behind.dropFirst()), number > 0,
                behind.dropFirst().allSatisfy(\.isNumber)
            else { throw refuse("the url's port is none") }
            port = number
        }
        let path = rest[end...].prefix { $0 != "?" && $0 != "#" }
        shown = "\(scheme)://\(place)\(path)".escapedForDisplay(limit: 80)
    }
}

/// What can't be asked over HTTP, and why: a phrase.
struct InvalidHTTPTarget: Error, Equatable {
    let reason: String
}

extension HTTPTarget {
    /// The header lines as libcurl takes them.
    ///
    /// - Throws: where one is no header, or would be more than one.
    func headerLines() throws(InvalidHTTPTarget) -> [String] {
        var lines: [String] = []
        for (index, line) in headers.enumerated() {
            func refuse(_ reason: String) -> InvalidHTTPTarget {
                InvalidHTTPTarget(reason: "header \(index + 1) \(reason)")
            }
            // Each line break would begin another header, and a blank line the body: of a request that is not this one.
            guard !line.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F }) else {
                throw refuse("has a line break or another control character in it")
            }
            guard let colon = line.firstIndex(of: ":") else { throw refuse("has no colon") }
            let name = line[..<colon]
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else { throw refuse("has no proper name") }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            // To libcurl, a name with a colon alone takes the header away.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        return lines
    }

    /// RFC 9110, 5.6.2
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
