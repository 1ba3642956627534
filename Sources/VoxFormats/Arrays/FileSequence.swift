/// Names of files, listed or counted through a pattern such as `slice%03d.raw`.
enum FileSequence {
  case list([String])
  case pattern(Pattern, Indices)

  /// Numbers from the first to the last, a step apart.
  struct Indices {
    let first: Int
    let step: Int
    let count: Int

    /// Counts; `nil` where the step does not lead from the first to the last.
    init?(_ first: Int, to last: Int, by step: Int) {
      let (distance, overflow) = last.subtractingReportingOverflow(first)
      // A magnitude of Int.max would leave no room for the last file in the count.
      guard !overflow, step != 0, step != .min, distance > -Int.max, distance < .max,
        distance == 0 || (distance > 0) == (step > 0)
      else { return nil }
      (self.first, self.step, count) = (first, step, distance / step + 1)
    }
  }

  /// A name with a place for a number, in the notation of C's `printf`.
  struct Pattern {
    private let start: String
    private let end: String
    private let width: Int
    private let filler: Character

    /// Reads a name with one `%d`, `%i` or `%u`, with or without a width.
    init?(_ text: some StringProtocol) {
      let parts = String(text).replacing("%%", with: "\0").split(separator: "%", omittingEmptySubsequences: false)
      guard parts.count == 2, let letter = parts[1].firstIndex(where: { !"0123456789".contains($0) }),
        "diu".contains(parts[1][letter])
      else { return nil }
      let digits = parts[1][..<letter]
      guard let width = digits.isEmpty ? 0 : Int(digits), width <= 64 else { return nil }
      self.width = width
      filler = digits.hasPrefix("0") ? "0" : " "
      start = String(parts[0].replacing("\0", with: "%"))
      end = String(parts[1][parts[1].index(after: letter)...].replacing("\0", with: "%"))
    }

    /// The name with a number in its place.
    func callAsFunction(_ number: Int) -> String {
      let (digits, sign) = (String(number.magnitude), number < 0 ? "-" : "")
      let padding = String(repeating: filler, count: max(0, width - digits.count - sign.count))
      return start + (filler == "0" ? sign + padding : padding + sign) + digits + end
    }
  }

  /// How many files there are.
  var count: Int {
    switch self {
    case .list(let names): names.count
    case .pattern(_, let indices): indices.count
    }
  }

  /// The name of a file.
  subscript(index: Int) -> String {
    switch self {
    case .list(let names): names[index]
    case .pattern(let pattern, let indices): pattern(indices.first + index * indices.step)
    }
  }

  /// Checks that the files hold parts of an array that have as many axes as `rank` says.
  ///
  /// - Parameter extents: of all axes, fastest first.
  /// - Throws: ``FormatError`` with code `malformed`.
  func expectParts(of extents: [Int], rank: Int) throws(FormatError) {
    guard (1...extents.count).contains(rank), let last = extents.last else {
      throw FormatError(.malformed, "expected files of 1 to \(extents.count) axes, found \(rank)")
    }
    if rank == extents.count {
      // Slabs of equal thickness along the slowest axis.
      guard count > 0, last % count == 0 else {
        throw FormatError(.malformed, "expected files that share \(last) slices, found \(count)")
      }
    } else {
      // The product cannot overflow: the whole array's does not.
      let expected = extents[rank...].reduce(1, *)
      guard count == expected else {
        throw FormatError(.malformed, "expected \(expected) files of \(rank) axes each, found \(count)")
      }
    }
  }
}
