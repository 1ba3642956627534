import ArgumentParser
import VoxGrid
import VoxRender

/// How pictures look.
struct DisplayOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Opacity of the strongest attribution, 0 to 1.", valueName: "a"))
  var alpha = 0.7

  @Option(
    help: ArgumentHelp(
      "Colours of the attribution: \(Colormap.all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")).",
      valueName: "name"),
    transform: DisplayOptions.colormap(named:))
  var colormap = Colormap.all[0]

  @Option(help: ArgumentHelp("Hide attributions below this fraction of the display's maximum.", valueName: "f"))
  var threshold = 0.1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Image intensities shown black and white. Default: -160,240 for CT, else percentiles.", valueName: "lo,hi"),
    transform: DisplayOptions.window(_:))
  var window: IntensityWindow?

  func validate() throws {
    guard 0...1 ~= alpha else { throw ValidationError("--alpha expects a number from 0 to 1, got \(alpha)") }
    guard threshold >= 0, threshold < 1 else {
      throw ValidationError("--threshold expects a number from 0 up to but not including 1, got \(threshold)")
    }
  }

  /// The display of an image.
  ///
  /// - Parameter isCT: whether intensities are Hounsfield units.
  func display(of image: Volume<Float>, isCT: Bool) -> Display {
    Display(
      window: window ?? (isCT ? .softTissue : .robust(image)), colormap: colormap, alpha: alpha, threshold: threshold)
  }

  private static func colormap(named name: String) throws -> Colormap {
    guard let map = Colormap.named(name) else {
      throw ValidationError("expected one of \(Colormap.all.map(\.name).joined(separator: ", "))")
    }
    return map
  }

  private static func window(_ text: String) throws -> IntensityWindow {
    let ends = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], let window = IntensityWindow(low: low, high: high)
    else { throw ValidationError("expected two numbers in rising order, e.g. -160,240") }
    return window
  }
}
