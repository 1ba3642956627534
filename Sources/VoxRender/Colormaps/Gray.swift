extension Colormap {
  /// Black to white with evenly rising lightness.
  public static let gray = Colormap(
    name: "gray", summary: "black to white, for magnitudes", isDiverging: false
  ) { CIELAB(lightness: 100 * $0, a: 0, b: 0).color }
}
