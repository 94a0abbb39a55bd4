extension Character {
    /// Whether this is one of `0`–`9`; `isNumber` takes `½` and `五` too.
    package var isASCIIDigit: Bool { isASCII && isNumber }

    /// Whether this is one of `A`–`Z`, `a`–`z`.
    package var isASCIILetter: Bool { isASCII && isLetter }
}
