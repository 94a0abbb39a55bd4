/// What a figure has to be.
struct Limit {
    enum Kind: String, Encodable { case must, aim }
    enum Quantity: String, Encodable { case p50, p99, ratio }

    let kind: Kind
    let quantity: Quantity
    let limit: Double

    static func must(_ quantity: Quantity, _ limit: Double) -> Self {
        Self(kind: .must, quantity: quantity, limit: limit)
    }
    static func aim(_ quantity: Quantity, _ limit: Double) -> Self {
        Self(kind: .aim, quantity: quantity, limit: limit)
    }

    func judged(_ measured: Summary, ratio: Double?) -> Goal {
        let value =
            switch quantity {
            case .p50: measured.p50
            case .p99: measured.p99
            case .ratio: ratio ?? .infinity
            }
        return Goal(kind: kind, quantity: quantity, limit: limit, isMet: value <= limit)
    }
}

/// A limit, and whether the figure keeps it.
struct Goal: Encodable {
    let kind: Limit.Kind
    let quantity: Limit.Quantity
    let limit: Double
    let isMet: Bool
}
