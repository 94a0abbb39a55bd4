internal import CMariaDB

/// The parameters of one execution, in memory of their own that stays where it is until the end of it.
struct MariaDBParameters: ~Copyable {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>

    init(_ values: [SQLValue]) {
        binds = .allocate(capacity: values.count)
        _ = binds.initialize(fromContentsOf: values.map(MYSQL_BIND.init(holding:)))
    }

    deinit {
        for bind in binds { bind.buffer?.deallocate() }
        binds.deallocate()
    }
}

extension MYSQL_BIND {
    /// Holds a copy of the value, which is to be deallocated.
    fileprivate init(holding value: SQLValue) {
        self.init()
        switch value {
        case .null:
            buffer_type = MYSQL_TYPE_NULL
        case .integer(let integer):
            buffer_type = MYSQL_TYPE_LONGLONG
            (buffer, buffer_length) = withUnsafeBytes(of: integer, Self.copy)
        case .text(var text):
            buffer_type = MYSQL_TYPE_STRING
            (buffer, buffer_length) = text.withUTF8 { Self.copy(UnsafeRawBufferPointer($0)) }
        }
    }

    private static func copy(_ bytes: UnsafeRawBufferPointer) -> (UnsafeMutableRawPointer?, UInt) {
        // One byte at least: the connector takes no memory for no value.
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, bytes.count), alignment: MemoryLayout<Int64>.alignment)
        copy.copyMemory(from: bytes)
        return (copy.baseAddress, UInt(bytes.count))
    }
}
