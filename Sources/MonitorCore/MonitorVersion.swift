/// The version of the product, as both programs print it.
package enum MonitorVersion {
    package static let text = "1.0.0-dev"
}
