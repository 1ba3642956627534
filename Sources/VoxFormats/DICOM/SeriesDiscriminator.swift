/// One way in which images of the same place differ, so that a series of several volumes can be taken apart.
///
/// - Source: DICOM PS3.3 C.7.6.1 (general image), C.8.3.1 (MR image), C.8.13.5.9 (diffusion).
struct SeriesDiscriminator: Sendable {
  /// What an image says; `nil` where it says nothing.
  let key: @Sendable (DICOMSlice) -> Key?
  /// Whether the value itself tells volumes apart, or only the order of values at each place.
  let rule: Rule
  /// Names a volume for a user.
  ///
  /// - Parameters:
  ///   - groups: one image of each volume, in order.
  ///   - index: which of them.
  let label: @Sendable (_ groups: [DICOMSlice], _ index: Int) -> String

  enum Rule {
    /// Images of a volume have equal values.
    case value
    /// The n-th image of each place belongs to volume n. Values vary with the place.
    case order
    /// As `order`, where values run through one volume after the other, or through the volumes of one place after the
    /// other.
    case sweep
  }

  /// A value that can be sorted and compared.
  struct Key: Hashable, Comparable {
    var numbers: [Double] = []
    var text = ""

    static func < (left: Key, right: Key) -> Bool {
      if left.numbers == right.numbers { return left.text < right.text }
      return left.numbers.lexicographicallyPrecedes(right.numbers)
    }
  }

  /// Every way, in the order they are tried.
  static let all: [SeriesDiscriminator] = [
    words("stack") { $0.stackID },
    SeriesDiscriminator(
      key: { $0.acquisition.imageType.map { Key(text: $0.joined(separator: "\\")) } }, rule: .value, label: imageType),
    words("kernel") { $0.kernel },
    SeriesDiscriminator(key: { $0.thickness.map { Key(numbers: [$0]) } }, rule: .value) { groups, index in
      "slices of \(decimal(groups[index].thickness)) mm"
    },
    SeriesDiscriminator(key: { number($0.acquisition.echoNumber) }, rule: .value, label: echo),
    // Echo times of one echo differ in their last digits.
    SeriesDiscriminator(
      key: { number($0.acquisition.echoTime.map { ($0 * 100).rounded() }) }, rule: .value, label: echo),
    quantity("b-value") { $0.bValue },
    SeriesDiscriminator(key: { number($0.acquisition.temporalPosition) }, rule: .value, label: timePoint),
    SeriesDiscriminator(key: { number($0.acquisition.triggerTime) }, rule: .order, label: timePoint),
    quantity("acquisition") { $0.acquisitionNumber.map(Double.init) },
    SeriesDiscriminator(key: { $0.acquisition.acquisitionTime.map { Key(text: $0) } }, rule: .order, label: timePoint),
    SeriesDiscriminator(key: { number($0.acquisition.instanceNumber) }, rule: .sweep, label: timePoint),
  ]

  private static func words(
    _ name: String, _ value: @escaping @Sendable (DICOMSlice.Acquisition) -> String?
  ) -> SeriesDiscriminator {
    SeriesDiscriminator(key: { value($0.acquisition).map { Key(text: $0) } }, rule: .value) { groups, index in
      "\(name) \(value(groups[index].acquisition) ?? "not stated")"
    }
  }

  private static func quantity(
    _ name: String, _ value: @escaping @Sendable (DICOMSlice.Acquisition) -> Double?
  ) -> SeriesDiscriminator {
    SeriesDiscriminator(key: { number(value($0.acquisition)) }, rule: .value) { groups, index in
      "\(name) \(decimal(value(groups[index].acquisition)))"
    }
  }

  private static func number(_ value: Double?) -> Key? { value.map { Key(numbers: [$0]) } }
  private static func number(_ value: Int?) -> Key? { number(value.map(Double.init)) }

  @Sendable private static func timePoint(_ groups: [DICOMSlice], _ index: Int) -> String {
    "time point \(index + 1) of \(groups.count)"
  }

  @Sendable private static func echo(_ groups: [DICOMSlice], _ index: Int) -> String {
    let acquisition = groups[index].acquisition
    let areNumbered = Set(groups.map(\.acquisition.echoNumber)).count == groups.count
    let number = areNumbered ? acquisition.echoNumber ?? index + 1 : index + 1
    return "echo \(number)" + (acquisition.echoTime.map { " (TE \(decimal($0)) ms)" } ?? "")
  }

  /// The values of an image type that not all volumes share; those from the third on where there is none.
  @Sendable private static func imageType(_ groups: [DICOMSlice], _ index: Int) -> String {
    let types = groups.map { $0.acquisition.imageType ?? [] }
    let distinct = types[index].filter { value in !types.allSatisfy { $0.contains(value) } }
    let shown = distinct.isEmpty ? Array(types[index].dropFirst(2)) : distinct
    return "image type " + (shown.isEmpty ? "not stated" : shown.joined(separator: "\\"))
  }

  private static func decimal(_ value: Double?) -> String {
    guard let value else { return "not stated" }
    let text = DICOMSeriesProblem.decimal(value, 2)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
