internal import MonitorCore

/// One key of a section: its name, and how its value gets into the settings.
///
/// The keys of a section are a list of these; a key that is in no list does not exist.
struct SettingKey<Settings>: Sendable {
    let name: String
    /// How much of the line belongs to the value.
    let reading: any KeyPath<INIValue, String> & Sendable
    /// Puts the text that was read so into the settings.
    let apply: @Sendable (String, inout Settings) throws(InvalidValue) -> Void

    /// A setting that always has a value: an empty one is refused.
    static func required<Value>(
        _ name: String, _ field: any WritableKeyPath<Settings, Value> & Sendable, _ form: ValueForm<Value>
    ) -> Self {
        Self(name: name, reading: form.reading) { (text, settings) throws(InvalidValue) in
            guard !text.isEmpty else { throw InvalidValue("there is no value") }
            settings[keyPath: field] = try form.parse(text)
        }
    }

    /// A list that may be empty.
    static func list(
        _ name: String, _ field: any WritableKeyPath<Settings, [String]> & Sendable, _ form: ValueForm<[String]>
    ) -> Self {
        Self(name: name, reading: form.reading) { (text, settings) throws(InvalidValue) in
            settings[keyPath: field] = text.isEmpty ? [] : try form.parse(text)
        }
    }

    /// A setting that may be absent: an empty value takes away what a less specific section gave.
    static func optional<Value>(
        _ name: String, _ field: any WritableKeyPath<Settings, Value?> & Sendable, _ form: ValueForm<Value>
    ) -> Self {
        Self(name: name, reading: form.reading) { (text, settings) throws(InvalidValue) in
            settings[keyPath: field] = text.isEmpty ? nil : try form.parse(text)
        }
    }
}

/// Why a value is refused, to be read after the key: `'0' is not a whole number from 1 to 100`.
struct InvalidValue: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }

    /// Quotes the value: not for one that is secret.
    init(_ value: String, _ complaint: String) {
        reason = "'\(value.escapedForDisplay(limit: 60))' \(complaint)"
    }
}
