import Dispatch
import Synchronization

/// The DICOM series in files and directories, and the files that could not be read.
public struct DICOMDiscovery: Sendable {
  /// By rising series number, then UID; parts of a series follow each other.
  public let series: [DICOMSeries]
  /// Why files found in directories could not be read, by file name.
  ///
  /// Images may be missing from ``series`` for it.
  public let problems: [FormatError]

  /// Finds every series in files and directories, which are searched recursively.
  ///
  /// Files in directories that do not begin as DICOM does are passed over, as are DICOMDIR and DICOM files without an
  /// image. Images without a series UID form one series per study, modality, frame of reference and series number.
  ///
  /// - Parameter threads: how many threads share the files; the result does not depend on it, nor on the order of names.
  /// - Throws: ``FormatError`` for a named file or directory: `unreadable`; `malformed` where it is damaged or not DICOM.
  /// - Complexity: reads every header, no pixels.
  public init(in inputs: [String], threads: Int = 1) throws(FormatError) {
    let tree = try FileTree(inputs)
    var (images, problems): ([DICOMSlice], [FormatError]) = ([], tree.problems)
    for (file, outcome) in zip(tree.files, Self.outcomes(of: tree.files, threads: threads)) {
      do {
        images += try outcome.get()
      } catch {
        if file.isNamed { throw error }
        problems.append(error)
      }
    }
    series = Self.series(
      images.enumerated().sorted { ($0.element.path, $0.offset) < ($1.element.path, $1.offset) }.map(\.element))
    self.problems = problems.sorted { $0.description < $1.description }
  }

  /// Problems of files in the directories that a series' files lie in: its missing images may be among them.
  public func problems(beside series: DICOMSeries) -> [FormatError] {
    let directories = Set(series.slices.map { Self.directory(of: $0.path) })
    return problems.filter { problem in
      problem.context.contains {
        if case .file(let path) = $0 { directories.contains(Self.directory(of: path)) } else { false }
      }
    }
  }

  private static func directory(of path: String) -> Substring { path[..<(path.lastIndex(of: "/") ?? path.startIndex)] }

  private static func outcomes(of files: [FileTree.File], threads: Int) -> [Result<[DICOMSlice], FormatError>] {
    let outcomes = Mutex([Result<[DICOMSlice], FormatError>](repeating: .success([]), count: files.count))
    // Files next to each other on the disk are read by one thread.
    let run = 16
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, files.count))) { _ in
      while true {
        let start = next.add(run, ordering: .relaxed).oldValue
        guard start < files.count else { return }
        let found = files[start..<min(start + run, files.count)].map(images)
        outcomes.withLock { $0.replaceSubrange(start..<(start + found.count), with: found) }
      }
    }
    return outcomes.withLock { $0 }
  }

  /// The images of a file.
  private static func images(in file: FileTree.File) -> Result<[DICOMSlice], FormatError> {
    do throws(FormatError) {
      if !file.isNamed {
        // A DICOMDIR lists files, which are found without it.
        if file.path.uppercased().hasSuffix("/DICOMDIR") { return .success([]) }
        guard try DICOMStructure.isDICOM(file.path) else { return .success([]) }
      }
      return .success(try DICOMSlice.images(in: DICOMFile(file.path)))
    } catch {
      return .failure(error)
    }
  }

  /// Images, sorted by file name, as series.
  private static func series(_ images: [DICOMSlice]) -> [DICOMSeries] {
    let groups = Dictionary(grouping: images) { SeriesKey($0) }.values.sorted { rank($0[0]) < rank($1[0]) }
    return groups.flatMap { SeriesPart.parts(of: $0).map(DICOMSeries.init) }
  }

  private static func rank(_ first: DICOMSlice) -> (Int, String, String) {
    (first.seriesNumber ?? .max, first.identity.seriesUID ?? "", first.path)
  }

  /// What images of one series have in common.
  private struct SeriesKey: Hashable {
    var identity: DICOMSlice.SeriesIdentity
    var number: Int?

    init(_ slice: DICOMSlice) {
      identity = slice.identity
      number = identity.seriesUID == nil ? slice.seriesNumber : nil
    }
  }
}

extension DICOMSeries {
  /// Finds every series in files and directories, as ``DICOMDiscovery`` does, where every DICOM file can be read.
  ///
  /// - Throws: ``FormatError`` for the first file that cannot.
  public static func discover(in inputs: [String]) throws(FormatError) -> [DICOMSeries] {
    let found = try DICOMDiscovery(in: inputs)
    if let problem = found.problems.first { throw problem }
    return found.series
  }
}
