extension Duration {
  /// Seconds to two decimals at the most, such as `1.25 s`.
  public var inSeconds: String {
    let hundredths = (self / .milliseconds(10)).rounded()
    return "\(hundredths / 100) s"
  }
}
