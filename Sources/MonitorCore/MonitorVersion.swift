/// The version of the product, as both programs print it.
public enum MonitorVersion {
    public static let text = "1.0.0-dev"
}
