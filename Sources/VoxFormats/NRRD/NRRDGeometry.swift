import VoxGrid

/// Where an NRRD header says the voxels lie, and what its axes count.
///
/// Without a named space the axes are taken as left-posterior-superior, as ITK takes them.
///
/// - Source: <https://teem.sourceforge.net/nrrd/format.html>, sections 4 and 6.
struct NRRDGeometry {
  /// What each axis counts.
  let roles: [StoredArray.Role]
  let affine: Affine
  let warnings: [String]

  /// Finds the spatial axes, and the grid they span.
  ///
  /// - Parameter extents: of all axes, fastest first.
  init(_ fields: HeaderFields, extents: [Int]) throws(FormatError) {
    let space = try Space(fields)
    let directions = try fields.vectors("spacedirections", extents.count)
    let kinds = try fields.words("kinds", extents.count)?.map { $0.lowercased() }
    if let axis = kinds?.firstIndex(of: "complex") {
      throw fields.unsupported("kinds", "complex voxels (axis \(axis)) cannot be read; convert them to numbers first")
    }

    var roles: [StoredArray.Role] = []
    for axis in extents.indices {
      let isSpatial = directions.map { Self.isSpatial($0[axis]) } ?? Self.isSpatial(kinds?[axis])
      roles.append(isSpatial ? .space : Self.isColor(kinds?[axis]) ? .color : .volume)
    }
    let spatial = roles.indices.filter { roles[$0] == .space }.prefix(3)
    guard !spatial.isEmpty else {
      throw fields.malformed(directions == nil ? "kinds" : "spacedirections", "expected an axis in space, found none")
    }
    self.roles = roles

    var warnings: [String] = []
    let (columns, origin): ([SIMD3<Double>], SIMD3<Double>)
    if let directions {
      let scale = try Self.scale(of: "spaceunits", in: fields, &warnings)
      columns = try spatial.map { axis throws(FormatError) in
        try space.ras(directions[axis] ?? [], in: "spacedirections", fields) * scale
      }
      let start = try fields.vectors("spaceorigin", 1)?[0]
      origin =
        try start.map { vector throws(FormatError) in
          try space.ras(vector, in: "spaceorigin", fields) * scale
        } ?? .zero
      if !space.isAnatomical {
        warnings.append("the space names no anatomical directions; left-posterior-superior is taken")
      }
    } else {
      let steps = try AxisSteps(fields, extents, Array(spatial), &warnings)
      let scale = try Self.scale(of: "units", in: fields, &warnings)
      columns = steps.spacing.enumerated().map { index, step in
        var column = SIMD3<Double>.zero
        column[index] = step
        return column * space.signs * scale
      }
      origin = steps.start * space.signs * scale
      if !space.isAnatomical {
        warnings.append("the file states no orientation; left-posterior-superior is taken")
      }
    }
    let (x, y, z) = Self.completed(columns)
    affine = Affine(x: x, y: y, z: z, t: origin)
    guard affine.inverse != nil, (origin * 0) == .zero else {
      let name = directions == nil ? "spacings" : "spacedirections"
      throw fields.malformed(name, "expected axes that span space, found \(fields[name]?.excerpt ?? "others")")
    }
    self.warnings = warnings
  }

  /// Whether a direction is not `none`, nor one through time alone.
  private static func isSpatial(_ direction: [Double]?) -> Bool {
    guard let direction else { return false }
    return direction.count != 4 || direction[3] == 0 || direction.prefix(3).contains { $0 != 0 }
  }

  private static func isSpatial(_ kind: String?) -> Bool {
    switch kind {
    case nil, "domain", "space", "???", "none": true
    default: false
    }
  }

  /// Whether an axis may hold a colour; ITK writes pixels of colours as vectors.
  private static func isColor(_ kind: String?) -> Bool {
    switch kind {
    case "rgb-color", "rgbcolor", "rgb", "rgba-color", "rgbacolor", "rgba", "3-color", "4-color", "vector": true
    default: false
    }
  }

  /// One or two axes with further ones at right angles, a millimetre long.
  private static func completed(_ columns: [SIMD3<Double>]) -> (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>) {
    let x = columns[0]
    let y: SIMD3<Double>
    if columns.count > 1 {
      y = columns[1]
    } else {
      // The world axis that is farthest from the first one.
      let axis = (0..<3).min { abs(x[$0]) < abs(x[$1]) } ?? 1
      var other = SIMD3<Double>.zero
      other[axis] = 1
      y = x.cross(other).cross(x).normalized
    }
    return (x, y, columns.count > 2 ? columns[2] : x.cross(y).normalized)
  }

  /// The factor to millimetres of a field of quoted units.
  private static func scale(
    of name: String, in fields: HeaderFields, _ warnings: inout [String]
  ) throws(FormatError) -> Double {
    // Quotes stand around every unit, and blanks between them.
    let units = (fields[name] ?? "").split(separator: "\"").map(\.trimmingBlanks).filter { !$0.isEmpty }
    let factors = Set(units.compactMap(LengthUnit.millimetres))
    guard let factor = factors.first else { return 1 }
    guard factors.count == 1 else { throw fields.unsupported(name, "different units of length cannot be read") }
    if factor != 1 { warnings.append("lengths are in \(units[0]); they were converted to millimetres") }
    return factor
  }
}

extension NRRDGeometry {
  /// The world of a header.
  private struct Space {
    /// Factors to RAS.
    let signs: SIMD3<Double>
    /// How many coordinates a vector has; `nil` where the header does not say.
    let rank: Int?
    let isAnatomical: Bool

    init(_ fields: HeaderFields) throws(FormatError) {
      let lps = SIMD3<Double>(-1, -1, 1)
      let stated = try fields.integer("spacedimension")
      if let stated, !(1...4).contains(stated) {
        throw fields.unsupported("spacedimension", "expected 1 to 4 dimensions, found \(stated)")
      }
      guard let text = fields["space"] else {
        (signs, rank, isAnatomical) = (lps, stated, false)
        return
      }
      let name = text.lowercased()
      let base = name.hasSuffix("-time") ? String(name.dropLast(5)) : name
      switch base {
      case "right-anterior-superior", "ras", "rast": (signs, isAnatomical) = ([1, 1, 1], true)
      case "left-anterior-superior", "las", "last": (signs, isAnatomical) = ([-1, 1, 1], true)
      case "left-posterior-superior", "lps", "lpst": (signs, isAnatomical) = (lps, true)
      case "scanner-xyz", "3d-right-handed", "3d-left-handed": (signs, isAnatomical) = (lps, false)
      default: throw fields.malformed("space", "expected the name of a space, found \"\(text.excerpt)\"")
      }
      rank = base != name || base.hasSuffix("t") ? 4 : 3
    }

    /// A vector of the header in RAS.
    func ras(
      _ vector: [Double]?, in name: String, _ fields: HeaderFields
    ) throws(FormatError) -> SIMD3<Double> {
      guard let vector else { return .zero }
      guard rank.map({ $0 == vector.count }) ?? (1...4).contains(vector.count) else {
        throw fields.malformed(name, "expected vectors of \(rank ?? 3) numbers, found \(vector.count)")
      }
      if vector.count == 4, vector[3] != 0, name == "spacedirections" {
        throw fields.unsupported(name, "axes that run through space and time cannot be read")
      }
      let padded = vector + [0, 0]
      return SIMD3(padded[0], padded[1], padded[2]) * signs
    }
  }

  /// Spacing and start of spatial axes where the header has no directions.
  private struct AxisSteps {
    var spacing: [Double] = []
    var start = SIMD3<Double>.zero

    init(
      _ fields: HeaderFields, _ extents: [Int], _ axes: [Int], _ warnings: inout [String]
    ) throws(FormatError) {
      let spacings = try fields.numbers("spacings", extents.count)
      let thicknesses = try fields.numbers("thicknesses", extents.count)
      let minima = try fields.numbers("axismins", extents.count)
      let maxima = try fields.numbers("axismaxs", extents.count)
      let centers = try fields.words("centers", extents.count)?.map { $0.lowercased() }
      var starts: [Double] = []
      for axis in axes {
        func value(_ list: [Double]?) -> Double? { list.flatMap { $0[axis].isFinite ? $0[axis] : nil } }
        // Where nothing is said, samples are taken as the middles of cells, as ITK takes them.
        let isCell = centers?[axis] != "node"
        var step = value(spacings)
        if step == nil, let low = value(minima), let high = value(maxima), high != low {
          step = (high - low) / max(1, Double(extents[axis]) - (isCell ? 0 : 1))
        }
        if step == nil, let thickness = value(thicknesses) {
          step = thickness
          warnings.append("axis \(axis) has no spacing; its thickness of \(thickness) is taken")
        }
        if step == nil { warnings.append("axis \(axis) has no spacing; 1 is taken") }
        spacing.append(step ?? 1)
        if let low = value(minima) { starts.append(low + (isCell ? (step ?? 1) / 2 : 0)) }
      }
      // A position needs all of its coordinates.
      if starts.count == axes.count { for (index, value) in starts.enumerated() { start[index] = value } }
    }
  }
}

extension HeaderFields {
  /// The vectors of a field, `(1,0,0) none (0,0,1)`, as many as `count` says; `nil` for those that are none.
  fileprivate func vectors(_ name: String, _ count: Int) throws(FormatError) -> [[Double]?]? {
    guard let text = self[name] else { return nil }
    var vectors: [[Double]?] = []
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest = rest.dropFirst()
      } else if first == "(" {
        guard let close = rest.firstIndex(of: ")") else {
          throw malformed(name, "expected \")\" in \"\(text.excerpt)\", found none")
        }
        let numbers = rest[rest.index(after: rest.startIndex)..<close].split(
          separator: ",", omittingEmptySubsequences: false
        ).map { Double($0.trimmingBlanks) }
        let known = numbers.compactMap { $0 }
        guard known.count == numbers.count, known.count <= 8 else {
          throw malformed(name, "expected numbers in parentheses, found \"\(rest[...close].excerpt)\"")
        }
        // Some writers spell "none" as a vector that is no number.
        vectors.append(known.allSatisfy(\.isFinite) ? known : nil)
        rest = rest[rest.index(after: close)...]
      } else {
        let word = rest.prefix { !$0.isWhitespace && $0 != "(" }
        guard word.lowercased() == "none" else {
          throw malformed(name, "expected a vector or \"none\", found \"\(word.excerpt)\"")
        }
        vectors.append(nil)
        rest = rest.dropFirst(word.count)
      }
    }
    guard vectors.count == count else {
      throw malformed(name, "expected \(count) vectors, found \(vectors.count)")
    }
    return vectors
  }
}
