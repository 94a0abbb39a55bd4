/// One line of the report: what was measured, beside what, and what it is to be.
struct Figure: Encodable {
    enum Unit: String, Encodable {
        case milliseconds = "ms"
        case seconds = "s"
        case megabytes = "MB"
        case percent = "%"
    }

    struct Comparison: Encodable {
        let name: String
        let measured: Summary
    }

    let name: String
    let unit: Unit
    /// Nil where it could not be measured.
    let measured: Summary?
    let comparison: Comparison?
    let ratio: Double?
    let goals: [Goal]
    /// What a reader has to know; why it could not be measured.
    let note: String?

    init(
        _ name: String, _ unit: Unit, _ measured: Summary, comparedWith other: String? = nil, _ its: Summary? = nil,
        goals: [Limit] = [], note: String? = nil
    ) {
        self.name = name
        self.unit = unit
        self.measured = measured
        self.note = note
        comparison = its.map { Comparison(name: other ?? "", measured: $0) }
        let ratio = its.map { measured.p50 / $0.p50 }
        self.ratio = ratio
        self.goals = goals.map { $0.judged(measured, ratio: ratio) }
    }

    /// One that could not be measured.
    init(_ name: String, missing reason: String) {
        self.name = name
        unit = .milliseconds
        (measured, comparison, ratio, goals) = (nil, nil, nil, [])
        note = reason
    }
}

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
