internal import CSystemd

/// A D-Bus message, to be written or to be read; values are copied in and out.
///
/// - SeeAlso: `sd_bus_message_append_basic(3)`, `sd_bus_message_read_basic(3)`
struct BusMessage: ~Copyable {
    let raw: OpaquePointer

    /// Takes over a reference.
    init(owning raw: OpaquePointer) { self.raw = raw }

    /// Adds a reference to a message that a callback was lent.
    init(borrowing raw: OpaquePointer) { self.raw = sd_bus_message_ref(raw) }

    deinit { sd_bus_message_unref(raw) }

    /// The error that the message is; nil for any other.
    var error: BusError? {
        guard let error = sd_bus_message_get_error(raw)?.pointee else { return nil }
        return BusError(
            name: error.name.map { String(cString: $0) } ?? "",
            message: error.message.map { String(cString: $0) } ?? "")
    }
}

extension BusMessage {
    /// The object that it comes from, or goes to.
    var path: String { sd_bus_message_get_path(raw).map { String(cString: $0) } ?? "" }
}

// MARK: - Writing

extension BusMessage {
    func append(_ text: String) throws(BusError) {
        try check(sd_bus_message_append_basic(raw, BusType.string.rawValue, text))
    }

    func append(_ byte: UInt8) throws(BusError) {
        try check(withUnsafePointer(to: byte) { sd_bus_message_append_basic(raw, BusType.byte.rawValue, $0) })
    }

    func append(_ number: UInt32) throws(BusError) {
        try check(withUnsafePointer(to: number) { sd_bus_message_append_basic(raw, BusType.uint32.rawValue, $0) })
    }

    func append(_ number: Int32) throws(BusError) {
        try check(withUnsafePointer(to: number) { sd_bus_message_append_basic(raw, BusType.int32.rawValue, $0) })
    }

    func append(_ number: UInt64) throws(BusError) {
        try check(withUnsafePointer(to: number) { sd_bus_message_append_basic(raw, BusType.uint64.rawValue, $0) })
    }

    func append(_ flag: Bool) throws(BusError) {
        // A D-Bus boolean travels as 32 bits, and sd-bus reads a C int.
        let value: CInt = flag ? 1 : 0
        try check(withUnsafePointer(to: value) { sd_bus_message_append_basic(raw, BusType.boolean.rawValue, $0) })
    }

    /// Writes an array, structure or variant with what `body` appends.
    func append(
        _ container: BusType, of contents: String, _ body: () throws(BusError) -> Void
    ) throws(BusError) {
        try check(sd_bus_message_open_container(raw, container.rawValue, contents))
        try body()
        try check(sd_bus_message_close_container(raw))
    }

    func append(_ texts: [String]) throws(BusError) {
        try append(.array, of: "s") { () throws(BusError) in
            for text in texts { try append(text) }
        }
    }
}

// MARK: - Reading

extension BusMessage {
    /// Reads a string or an object path.
    func readString(_ type: BusType = .string) throws(BusError) -> String {
        var text: UnsafePointer<CChar>?
        try read(type, into: &text)
        return text.map { String(cString: $0) } ?? ""
    }

    func readUInt32() throws(BusError) -> UInt32 {
        var number: UInt32 = 0
        try read(.uint32, into: &number)
        return number
    }

    func readInt32() throws(BusError) -> Int32 {
        var number: Int32 = 0
        try read(.int32, into: &number)
        return number
    }

    func readUInt64() throws(BusError) -> UInt64 {
        var number: UInt64 = 0
        try read(.uint64, into: &number)
        return number
    }

    func readBool() throws(BusError) -> Bool {
        var flag: CInt = 0
        try read(.boolean, into: &flag)
        return flag != 0
    }

    func readBytes() throws(BusError) -> [UInt8] {
        var start: UnsafeRawPointer?
        var count = 0
        try check(sd_bus_message_read_array(raw, BusType.byte.rawValue, &start, &count))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Reads what is within a structure or variant.
    func read<Value>(
        _ container: BusType, of contents: String, _ body: () throws(BusError) -> Value
    ) throws(BusError) -> Value {
        guard try check(sd_bus_message_enter_container(raw, container.rawValue, contents)) > 0 else {
            throw Self.ended
        }
        let value = try body()
        try check(sd_bus_message_exit_container(raw))
        return value
    }

    /// Whether all of the container that is being read has been.
    var isAtEnd: Bool { sd_bus_message_at_end(raw, 0) > 0 }

    /// Reads an array to its end.
    func readArray<Element>(
        of contents: String, _ body: () throws(BusError) -> Element
    ) throws(BusError) -> [Element] {
        try read(.array, of: contents) { () throws(BusError) in
            var elements: [Element] = []
            while !isAtEnd { elements.append(try body()) }
            return elements
        }
    }

    func skip(_ contents: String) throws(BusError) { try check(sd_bus_message_skip(raw, contents)) }

    /// Reads a dictionary of texts and variants, as far as its values are wanted.
    ///
    /// - Parameter body: reads the value of a key, or leaves it alone.
    func readDictionary(_ body: (_ key: String) throws(BusError) -> Void) throws(BusError) {
        try check(sd_bus_message_enter_container(raw, BusType.array.rawValue, "{sv}"))
        while try check(sd_bus_message_enter_container(raw, BusType.dictionaryEntry.rawValue, "sv")) > 0 {
            try body(try readString())
            // What was not read is passed over; what was, is behind us.
            if !isAtEnd { try check(sd_bus_message_skip(raw, "v")) }
            try check(sd_bus_message_exit_container(raw))
        }
        try check(sd_bus_message_exit_container(raw))
    }

    private func read<Value: BitwiseCopyable>(
        _ type: BusType, into value: inout Value
    ) throws(BusError) {
        guard try check(sd_bus_message_read_basic(raw, type.rawValue, &value)) > 0 else { throw Self.ended }
    }

    private static let ended = BusError(.malformed, "the message ends before the value that was looked for")
}

/// The types of D-Bus in use here, by their code in a signature.
///
/// - SeeAlso: `sd-bus.h`, and "Type System" in the D-Bus specification.
struct BusType {
    let rawValue: CChar
    private init(_ code: Unicode.Scalar) { rawValue = CChar(code.value) }

    static let byte = BusType("y"), boolean = BusType("b")
    static let int32 = BusType("i"), uint32 = BusType("u"), uint64 = BusType("t")
    static let string = BusType("s"), objectPath = BusType("o")
    static let array = BusType("a"), variant = BusType("v"), structure = BusType("r")
    static let dictionaryEntry = BusType("e")
}
