import VoxGrid

/// Where a NIfTI header says the voxels lie.
struct NIfTIGeometry {
  let affine: Affine
  let warnings: [String]

  /// Chooses as nibabel does: the sform where its code is set, else the qform, else spacing about the centre.
  ///
  /// - Source: nibabel `Nifti1Header.get_best_affine`; nifti1.h, methods 1 to 3.
  init(_ header: NIfTIHeaderBytes, dimensions: SIMD3<Int>) throws(FormatError) {
    var warnings: [String] = []
    let sform = header.integer(.sformCode) > 0 ? Self.sform(header) : nil
    let qform = header.integer(.qformCode) > 0 ? Self.qform(header) : nil
    if header.integer(.qformCode) > 0, qform == nil {
      warnings.append("the qform is not a rotation; it is ignored")
    }
    let chosen = sform ?? qform
    if chosen == nil {
      warnings.append("the file does not say how it lies in space; its axes are taken as left, anterior, superior")
    }
    if let sform, let qform {
      let distance = Self.distance(sform, qform, dimensions)
      if distance > 0.1 * sform.spacing.min() {
        warnings.append(
          "sform and qform disagree by up to \((distance * 100).rounded() / 100) mm; the sform \(Self.text(sform)) is "
            + "used, other programs may use the qform \(Self.text(qform))")
      }
    }
    var affine = chosen ?? Self.centered(header, dimensions)
    let code = header.integer(.units) & 7
    if let scale = [1: 1000, 3: 0.001][code] {
      warnings.append("lengths are in \(code == 1 ? "metres" : "micrometres"); they are converted to millimetres")
      affine = Affine(x: affine.x * scale, y: affine.y * scale, z: affine.z * scale, t: affine.t * scale)
    }
    guard affine.rows.allSatisfy({ row in (0..<4).allSatisfy { row[$0].isFinite } }), affine.inverse != nil else {
      let field: NIfTIField = sform != nil ? .srow : qform != nil ? .quaternion : .pixdim
      throw FormatError(
        .malformed,
        "expected an affine of three independent axes, found rows "
          + Self.text(affine),
        at: .offset(field.place(in: header.version).offset))
    }
    (self.affine, self.warnings) = (affine, warnings)
  }

  /// The rows of an affine, to a micrometre.
  private static func text(_ affine: Affine) -> String {
    affine.rows.map { row in
      "["
        + (0..<4).map { row[$0].isFinite ? String((row[$0] * 1000).rounded() / 1000) : "\(row[$0])" }
        .joined(separator: ", ") + "]"
    }.joined(separator: " ")
  }

  private static func sform(_ header: NIfTIHeaderBytes) -> Affine {
    let rows = (0..<3).map { row in SIMD4((0..<4).map { header.number(.srow, row * 4 + $0) }) }
    return Affine(rows: rows[0], rows[1], rows[2])
  }

  private static func qform(_ header: NIfTIHeaderBytes) -> Affine? {
    let stored = SIMD3((0..<3).map { header.number(.quaternion, $0) })
    let rest = 1 - stored.dot(stored)
    // Three 32-bit floats come no nearer to norm 1 than this; a half turn must not become a little less than one.
    let rounding = 3 * Double(Float.ulpOfOne)
    guard rest >= -rounding else { return nil }
    let a = rest <= rounding ? 0 : rest.squareRoot()
    let unit = a == 0 ? stored.normalized : stored
    let (b, c, d) = (unit.x, unit.y, unit.z)
    let flip = header.number(.pixdim, 0) < 0 ? -1.0 : 1.0
    let spacing = spacing(header)
    return Affine(
      x: SIMD3(a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)) * spacing.x,
      y: SIMD3(2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)) * spacing.y,
      z: SIMD3(2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c) * (spacing.z * flip),
      t: SIMD3(header.number(.qoffset, 0), header.number(.qoffset, 1), header.number(.qoffset, 2)))
  }

  /// Axis-aligned, first axis to the left, the world's origin in the middle of the volume, as nibabel assumes.
  private static func centered(_ header: NIfTIHeaderBytes, _ dimensions: SIMD3<Int>) -> Affine {
    let spacing = spacing(header) * SIMD3(-1, 1, 1)
    return Affine(spacing: spacing, origin: (SIMD3<Double>(dimensions) - 1) / -2 * spacing)
  }

  /// Absolute, because some writers store a flip in the sign; 1 mm where the header has nothing.
  private static func spacing(_ header: NIfTIHeaderBytes) -> SIMD3<Double> {
    SIMD3(
      (1...3).map { axis in
        let value = abs(header.number(.pixdim, axis))
        return value > 0 && value.isFinite ? value : 1
      })
  }

  /// Largest distance between two placements of a volume's corners.
  private static func distance(_ a: Affine, _ b: Affine, _ dimensions: SIMD3<Int>) -> Double {
    let last = SIMD3<Double>(dimensions) - 1
    return (0..<8).map { corner in
      let index = SIMD3(
        corner & 1 == 0 ? 0 : last.x, corner & 2 == 0 ? 0 : last.y, corner & 4 == 0 ? 0 : last.z)
      return (a(index) - b(index)).length
    }.max() ?? 0
  }
}

/// A rotation as NIfTI stores it.
struct NIfTIQuaternion {
  let b: Double, c: Double, d: Double
  /// -1 where the third axis is reversed to make the rest a rotation.
  let flip: Double

  /// The rotation of an affine whose axes are perpendicular.
  ///
  /// - Source: nifti1_io.c, `nifti_mat44_to_quatern`.
  init(_ affine: Affine) {
    flip = affine.determinant < 0 ? -1 : 1
    let (x, y, z) = (affine.x.normalized, affine.y.normalized, affine.z.normalized * flip)
    let trace = x.x + y.y + z.z
    if trace > 0 {
      let a = (1 + trace).squareRoot() / 2
      (b, c, d) = ((y.z - z.y) / (4 * a), (z.x - x.z) / (4 * a), (x.y - y.x) / (4 * a))
      return
    }
    var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
    if x.x >= y.y && x.x >= z.z {
      b = max(1 + x.x - y.y - z.z, 0).squareRoot() / 2
      (c, d, a) = ((y.x + x.y) / (4 * b), (z.x + x.z) / (4 * b), (y.z - z.y) / (4 * b))
    } else if y.y >= z.z {
      c = max(1 + y.y - x.x - z.z, 0).squareRoot() / 2
      (b, d, a) = ((y.x + x.y) / (4 * c), (z.y + y.z) / (4 * c), (z.x - x.z) / (4 * c))
    } else {
      d = max(1 + z.z - x.x - y.y, 0).squareRoot() / 2
      (b, c, a) = ((z.x + x.z) / (4 * d), (z.y + y.z) / (4 * d), (x.y - y.x) / (4 * d))
    }
    // The header has no room for a: it is the positive one of the two quaternions of a rotation.
    let sign = a < 0 ? -1.0 : 1.0
    (self.b, self.c, self.d) = (b * sign, c * sign, d * sign)
  }
}
