internal import CMariaDB

/// The parameters of one execution, in memory of their own that stays where it is until the end of it.
struct MariaDBParameters: ~Copyable {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>

    init(_ values: [SQLValue]) {
        binds = .allocate(capacity: values.count)
        binds.initialize(repeating: MYSQL_BIND())
        for (index, value) in values.enumerated() {
            switch value {
            case .null:
                binds[index].buffer_type = MYSQL_TYPE_NULL
            case .integer(let integer):
                binds[index].buffer_type = MYSQL_TYPE_LONGLONG
                withUnsafeBytes(of: integer) { binds[index].hold($0) }
            case .text(var text):
                binds[index].buffer_type = MYSQL_TYPE_STRING
                text.withUTF8 { binds[index].hold(UnsafeRawBufferPointer($0)) }
            }
        }
    }

    deinit {
        for bind in binds { bind.buffer?.deallocate() }
        binds.deallocate()
    }
}

extension MYSQL_BIND {
    /// Takes a copy of the bytes.
    fileprivate mutating func hold(_ bytes: UnsafeRawBufferPointer) {
        // One byte at least: the connector takes no memory for no value.
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, bytes.count), alignment: MemoryLayout<Int64>.alignment)
        copy.copyMemory(from: bytes)
        buffer = copy.baseAddress
        buffer_length = UInt(bytes.count)
    }
}
