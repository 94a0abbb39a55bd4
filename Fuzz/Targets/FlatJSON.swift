/// A reader of JSON objects whose values are strings (RFC 8259): what other programs make of a line of the log.
enum FlatJSON {
    /// The members of the object on one line; nil when it is not exactly that.
    static func members(of line: String) -> [String: String]? {
        var rest = line.unicodeScalars[...]
        guard rest.popFirst() == "{" else { return nil }
        var members: [String: String] = [:]
        repeat {
            guard let key = string(&rest), rest.popFirst() == ":", let value = string(&rest) else { return nil }
            members[key] = value
        } while take(",", &rest)
        return rest.elementsEqual("}\n".unicodeScalars) ? members : nil
    }

    private typealias Rest = Substring.UnicodeScalarView

    private static func take(_ scalar: Unicode.Scalar, _ rest: inout Rest) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private static func string(_ rest: inout Rest) -> String? {
        guard take("\"", &rest) else { return nil }
        var units: [UInt16] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(decoding: units, as: UTF16.self)
            case "\\":
                guard let unit = escaped(&rest) else { return nil }
                units.append(unit)
            case _ where scalar.value < 0x20: return nil
            default: units += scalar.utf16
            }
        }
        return nil
    }

    private static func escaped(_ rest: inout Rest) -> UInt16? {
        switch rest.popFirst() {
        case "\"": return 0x22
        case "\\": return 0x5C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "u":
            let digits = String(rest.prefix(4))
            rest = rest.dropFirst(4)
            return digits.unicodeScalars.count == 4 ? UInt16(digits, radix: 16) : nil
        default: return nil
        }
    }
}
