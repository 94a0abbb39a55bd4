internal import MonitorCore

/// A `[check.NAME]` section as it stands in the file: which of its keys make sense depends on its `type`.
struct CheckSection: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable { case unit, process, tcp, unix, http, file, resource, command, nagios }
    enum Answer: String, Sendable, CaseIterable { case yes, no }

    var type: Kind?
    var process: ProcessName?
    var unit: UnitName?
    var address: CheckAddress?
    var url: String?
    var expect: [ClosedRange<Int>]?
    var contains: String?
    var header: [String]?
    var certificateAuthorities: String?
    var socket: String?
    var path: String?
    var maxAge: Duration?
    var minSize: Int64?
    var maxSize: Int64?
    var rss: Int64?
    var pss: Int64?
    var cpu: Double?
    var descriptors: Int?
    var processes: Int?
    var duration: Duration?
    var command: CommandTemplate?
    var period: Duration = .seconds(10)
    var timeout: Duration = .seconds(3)
    var threshold: Int?
    var grace: Duration = .seconds(30)
    var raises = Answer.yes
}

/// Where a check connects to: `host:port`, or the path of a Unix socket.
enum CheckAddress: Sendable, Equatable {
    case tcp(TCPTarget)
    case unix(String)
}

extension CheckSection {
    /// The keys of `[check.NAME]`.
    static let keys: [SettingKey<CheckSection>] = [
        .optional("type", \.type, .choice),
        .optional("process", \.process, .processName),
        .optional("unit", \.unit, .unit),
        .optional("address", \.address, .address),
        .optional("url", \.url, .url),
        .optional("expect", \.expect, .statusCodes),
        .optional("contains", \.contains, .text),
        .optional("header", \.header, .headers),
        .optional("tls_ca", \.certificateAuthorities, .path),
        .optional("socket", \.socket, .path),
        .optional("path", \.path, .path),
        .optional("max_age", \.maxAge, .duration(.seconds(1)...(day * 3650))),
        .optional("min_size", \.minSize, .size),
        .optional("max_size", \.maxSize, .size),
        .optional("rss", \.rss, .size),
        .optional("pss", \.pss, .size),
        .optional("cpu", \.cpu, .cores),
        .optional("descriptors", \.descriptors, .whole(1...1_000_000_000)),
        .optional("processes", \.processes, .whole(1...4_194_304)),
        .optional("for", \.duration, .duration(.zero...day)),
        .optional("command", \.command, .command),
        .required("period", \.period, .duration(.milliseconds(100)...day)),
        .required("timeout", \.timeout, .duration(.milliseconds(10)...(.seconds(3600)))),
        .optional("threshold", \.threshold, .whole(1...1000)),
        .required("grace", \.grace, .duration(.zero...day)),
        .required("raises", \.raises, .choice),
    ]

    private static let day: Duration = .seconds(86400)

    /// The keys that every check may have.
    private static let commonKeys: Set<String> = [
        "type", "process", "period", "timeout", "threshold", "grace", "raises",
    ]

    /// The keys that say what a check of a type asks.
    private static func keys(of kind: Kind) -> [String] {
        switch kind {
        case .unit: ["unit"]
        case .process: []
        case .tcp, .unix: ["address"]
        case .http: ["url", "expect", "contains", "header", "tls_ca", "socket"]
        case .file: ["path", "max_age", "min_size", "max_size", "contains"]
        case .resource: ["rss", "pss", "cpu", "descriptors", "processes", "for"]
        case .command, .nagios: ["command"]
        }
    }

    /// What is wrong with a section, and at which of its keys; nil for the section itself.
    struct Problem: Error {
        var key: String?
        var reason: String
    }

    /// Makes the check.
    ///
    /// - Parameters:
    ///   - given: the keys that have a value in the file.
    ///   - engine: in which the processes are settled.
    func spec(
        named name: ProcessName, given: Set<String>, engine: EngineSettings
    ) throws(Problem) -> CheckSpec {
        guard let type else {
            let words = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(reason: "[check.\(name)] has no 'type': one of \(words)")
        }
        let own = Self.keys(of: type)
        let known = Self.commonKeys.union(own)
        if let stray = Self.keys.map(\.name).first(where: { given.contains($0) && !known.contains($0) }) {
            let rest = own.isEmpty ? "it has no keys of its own" : "its own keys are \(own.joined(separator: ", "))"
            throw Problem(key: stray, reason: "'\(stray)' means nothing with 'type = \(type.rawValue)'; \(rest)")
        }
        let process = process ?? name
        var spec = CheckSpec(name: name, process: process, kind: try kind(type, of: process, in: engine))
        (spec.period, spec.timeout, spec.grace) = (period, timeout, grace)
        if let threshold { spec.threshold = threshold }
        spec.raises = raises == .yes
        return spec
    }

    private func kind(
        _ type: Kind, of process: ProcessName, in engine: EngineSettings
    ) throws(Problem) -> CheckKind {
        func missing(_ key: String) -> Problem { Problem(reason: "'type = \(type.rawValue)' needs '\(key)'") }
        switch type {
        case .unit: return .unit(unit ?? engine.settings(for: process).unit ?? UnitName(process: process))
        case .process: return .process
        case .tcp:
            guard let address else { throw missing("address") }
            guard case .tcp(let target) = address else {
                throw Problem(
                    key: "address", reason: "address: a path is for 'type = unix'; 'type = tcp' has HOST:PORT")
            }
            return .tcp(target)
        case .unix:
            guard let address else { throw missing("address") }
            guard case .unix(let path) = address else {
                throw Problem(
                    key: "address", reason: "address: HOST:PORT is for 'type = tcp'; 'type = unix' has a path")
            }
            return .unix(path: path)
        case .http: return try http(missing)
        case .file: return try file(missing)
        case .resource: return try resource()
        case .command, .nagios:
            guard let command else { throw missing("command") }
            return type == .command ? .command(command) : .nagios(command)
        }
    }

    private func http(_ missing: (String) -> Problem) throws(Problem) -> CheckKind {
        guard let url else { throw missing("url") }
        var target = HTTPTarget(url: url)
        if let expect { target.expect = expect }
        target.contains = contains
        target.headers = header ?? []
        target.certificateAuthorities = certificateAuthorities
        target.unixSocket = socket
        if certificateAuthorities != nil, !url.hasPrefix("https:") {
            throw Problem(key: "tls_ca", reason: "'tls_ca' means nothing for a URL without https")
        }
        return .http(target)
    }

    private func file(_ missing: (String) -> Problem) throws(Problem) -> CheckKind {
        guard let path else { throw missing("path") }
        var target = FileTarget(path: path)
        (target.maxAge, target.minSize, target.maxSize) = (maxAge, minSize, maxSize)
        target.contains = contains
        if let minSize, let maxSize, maxSize < minSize {
            throw Problem(key: "max_size", reason: "'max_size' is less than 'min_size'")
        }
        return .file(target)
    }

    private func resource() throws(Problem) -> CheckKind {
        var target = ResourceTarget()
        (target.rss, target.pss, target.cpu) = (rss, pss, cpu)
        (target.descriptors, target.processes) = (descriptors, processes)
        if target == ResourceTarget() {
            throw Problem(
                reason: "'type = resource' needs a limit: 'rss', 'pss', 'cpu', 'descriptors' or 'processes'")
        }
        target.duration = duration ?? .zero
        return .resource(target)
    }
}

// MARK: - Values

extension ValueForm<ProcessName> {
    static var processName: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            do { return try ProcessName(text) } catch { throw InvalidValue("\(error)") }
        }
    }
}

extension ValueForm<CheckAddress> {
    /// `host:port`, `[::1]:port`, or a path.
    static var address: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            if text.isAbsolutePath { return .unix(text) }
            let complaint = InvalidValue(text, "is neither HOST:PORT, as localhost:80 or [::1]:80, nor a path")
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
            else { throw complaint }
            var host = text[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
                guard host.contains(":"), host.allSatisfy({ $0.isHexDigit && $0.isASCII || ":.%".contains($0) })
                else { throw complaint }
            } else {
                guard !host.hasPrefix("-"), !host.isEmpty,
                    host.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || "._-".contains($0) })
                else { throw complaint }
            }
            return .tcp(TCPTarget(host: String(host), port: port))
        }
    }
}

extension ValueForm<String> {
    /// `http://…` or `https://…`.
    fileprivate static var url: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            let schemes = ["http://", "https://"]
            guard let scheme = schemes.first(where: text.hasPrefix),
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                let first = text.dropFirst(scheme.count).first, !"/?#".contains(first)
            else { throw InvalidValue(text, "is not a URL, as http://localhost:8080/health or https://example.org/") }
            return text
        }
    }
}

extension ValueForm<[ClosedRange<Int>]> {
    /// Status codes and ranges of them: `200-299, 401`.
    static var statusCodes: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            var ranges: [ClosedRange<Int>] = []
            for item in text.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }) {
                let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
                guard (1...2).contains(ends.count), ends.allSatisfy((100...599).contains),
                    ends[0] <= ends[ends.count - 1]
                else { throw InvalidValue(String(item), "is no status code, or range of them, from 100 to 599") }
                ranges.append(ends[0]...ends[ends.count - 1])
            }
            guard !ranges.isEmpty else { throw InvalidValue("the list is empty") }
            return ranges
        }
    }
}

extension ValueForm<[String]> {
    /// Header lines, `|` between them.
    static var headers: Self {
        Self(\.unquoted) { (text) throws(InvalidValue) in
            var lines: [String] = []
            for item in text.split(separator: "|") {
                let line = item.drop { $0 == " " }
                let name = line.prefix { $0 != ":" }
                guard name.count < line.count, !name.isEmpty,
                    name.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || "-_".contains($0) }),
                    line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
                else { throw InvalidValue(String(line), "is no header line, as 'Host: example.org'") }
                lines.append(String(line.reversed().drop { $0 == " " }.reversed()))
            }
            return lines
        }
    }
}

extension ValueForm<Int64> {
    /// Bytes, or with a suffix K, M, G, T of 1024.
    static var size: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            let digits = text.prefix { $0.isASCIIDigit }
            let factors: [Substring: Int64] = ["": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
            guard let number = Int64(digits), let factor = factors[text[digits.endIndex...]],
                case (let bytes, let overflow) = number.multipliedReportingOverflow(by: factor), !overflow
            else { throw InvalidValue(text, "is not a size: write bytes, or 10K, 512M, 2G") }
            return bytes
        }
    }
}

extension ValueForm<Double> {
    /// A share of one core: `1.5`, or `150%`.
    static var cores: Self {
        Self(\.word) { (text) throws(InvalidValue) in
            let isPercent = text.hasSuffix("%")
            let digits = isPercent ? text.dropLast() : Substring(text)
            guard digits.allSatisfy({ $0 == "." || $0.isASCIIDigit }), let number = Double(digits),
                case let cores = isPercent ? number / 100 : number, cores > 0, cores <= 10_000
            else { throw InvalidValue(text, "is not a number of cores: write 0.8, or 80%") }
            return cores
        }
    }
}
