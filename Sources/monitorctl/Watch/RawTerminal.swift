internal import Glibc

/// A terminal taken over: alternate screen, no cursor, no line wrapping, keys read one by one and not shown.
///
/// It is given back when this value ends, whichever way that comes about. Ctrl-C is a key then, not a signal.
struct RawTerminal: ~Copyable {
    private let keyboard: Int32?
    private let modes: termios

    /// - Parameter keyboard: the terminal that keys come from; nil where standard input is none.
    init(keyboard: Int32?) {
        var modes = termios()
        self.keyboard = keyboard
        if let keyboard {
            tcgetattr(keyboard, &modes)
            var raw = modes
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
            tcsetattr(keyboard, TCSAFLUSH, &raw)
        }
        self.modes = modes
        Console.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
    }

    /// Gives the terminal back now.
    consuming func giveBack() {}

    deinit {
        Console.write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
        var modes = modes
        if let keyboard { tcsetattr(keyboard, TCSAFLUSH, &modes) }
    }
}
