import VoxGrid

/// Where a MetaImage header says the voxels lie.
///
/// Positions are left-posterior-superior whatever `AnatomicalOrientation` says, as ITK reads them; row i of the matrix
/// is the direction of axis i.
struct MetaImageGeometry {
  let affine: Affine
  let warnings: [String]

  /// Reads the first three axes of a header with `rank` axes.
  init(_ fields: HeaderFields, rank: Int) throws(FormatError) {
    let matrixName = Self.name(["TransformMatrix", "Rotation", "Orientation"], in: fields)
    let offsetName = Self.name(["Offset", "Position", "Origin"], in: fields)
    let spacingName = Self.name(["ElementSpacing", "ElementSize"], in: fields)
    let matrix = try fields.finiteNumbers(matrixName, rank * rank)
    let offset = try fields.finiteNumbers(offsetName, rank)
    let spacing = try fields.finiteNumbers(spacingName, rank)

    let axes = min(3, rank)
    let toRAS = SIMD3<Double>(-1, -1, 1)
    var (columns, origin): ([SIMD3<Double>], SIMD3<Double>) = ([], .zero)
    for axis in 0..<3 {
      var column = SIMD3<Double>.zero
      column[axis] = 1
      if axis < axes {
        if let matrix { for row in 0..<axes { column[row] = matrix[axis * rank + row] } }
        column *= spacing?[axis] ?? 1
        origin[axis] = offset?[axis] ?? 0
      }
      columns.append(column * toRAS)
    }

    var (scale, warnings) = (1.0, [String]())
    if let unit = fields["DistanceUnits"], let factor = LengthUnit.millimetres(unit), factor != 1 {
      scale = factor
      warnings.append("lengths are in \(unit); they were converted to millimetres")
    }
    affine = Affine(x: columns[0] * scale, y: columns[1] * scale, z: columns[2] * scale, t: origin * toRAS * scale)
    guard affine.inverse != nil, (affine.t * 0) == .zero else {
      throw fields.malformed(
        matrix == nil ? spacingName : matrixName, "expected axes that span space, found others")
    }
    self.warnings = warnings
  }

  /// The first of several spellings that the header uses.
  private static func name(_ spellings: [String], in fields: HeaderFields) -> String {
    spellings.first { fields[$0] != nil } ?? spellings[0]
  }
}
