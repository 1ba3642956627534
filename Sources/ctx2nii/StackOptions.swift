public import ArgumentParser
public import VoxFormats

/// What becomes of slices that do not lie on a grid.
struct StackOptions: ParsableArguments {
  @Option(
    help: "Slices shifted by a tilted gantry, and sheared axes: correct (resample to a rectangular grid) or error.")
  var tilt = TiltPolicy.correct

  @Option(help: "Slices that are missing or unequally spaced: error, or resample (interpolate).")
  var irregular = IrregularPolicy.error
}

extension TiltPolicy: ExpressibleByArgument {}
extension IrregularPolicy: ExpressibleByArgument {}
