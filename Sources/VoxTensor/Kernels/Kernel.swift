internal import CDNNL

/// One compiled computation of the kernel library, with the memory of its arguments.
///
/// Made and run on one thread at a time.
public final class Kernel {
  /// What a memory is to a kernel.
  public indirect enum Slot: Hashable, Sendable {
    case source, secondSource, destination
    case weights, bias
    case mean, variance, scale, shift
    case workspace, scratchpad
    case sourceCotangent, secondSourceCotangent, destinationCotangent, weightsCotangent
    /// Of an outer product the number of the row of factors, and all rows.
    case row, factors
    /// Of a rectifier a bit per element: whether it was positive.
    case signs
    /// Input `i` of a concatenation.
    case part(Int)
    /// A slot of the `i`th of several cotangents, where `i` is positive; the first has the slot itself.
    case further(Int, Slot)

    /// The same slot of the `i`th of several cotangents.
    func of(_ cotangent: Int) -> Slot { cotangent == 0 ? self : .further(cotangent, self) }

    /// The library's number; none of its own for what only our loops have.
    fileprivate var code: Int32 {
      switch self {
      case .row, .factors, .signs: -1
      case .source: Int32(CDNNL_SRC.rawValue)
      case .secondSource: Int32(CDNNL_SRC1.rawValue)
      case .destination: Int32(CDNNL_DST.rawValue)
      case .weights: Int32(CDNNL_WEIGHTS.rawValue)
      case .bias: Int32(CDNNL_BIAS.rawValue)
      case .mean: Int32(CDNNL_MEAN.rawValue)
      case .variance: Int32(CDNNL_VARIANCE.rawValue)
      case .scale: Int32(CDNNL_SCALE.rawValue)
      case .shift: Int32(CDNNL_SHIFT.rawValue)
      case .workspace: Int32(CDNNL_WORKSPACE.rawValue)
      case .scratchpad: Int32(CDNNL_SCRATCHPAD.rawValue)
      case .sourceCotangent: Int32(CDNNL_DIFF_SRC.rawValue)
      case .secondSourceCotangent: Int32(CDNNL_DIFF_SRC1.rawValue)
      case .destinationCotangent: Int32(CDNNL_DIFF_DST.rawValue)
      case .weightsCotangent: Int32(CDNNL_DIFF_WEIGHTS.rawValue)
      case .part(let index): Int32(CDNNL_SOURCES.rawValue) + Int32(index)
      case .further(_, let slot): slot.code
      }
    }
  }

  private let backend: any KernelBackend

  /// Pairs of a slot that is read and one that is written whose memory may be the same: the kernel reads an element
  /// before it writes its successor, and their layouts are one.
  private(set) var inPlace: [(read: Slot, written: Slot)] = []

  /// Slots whose memory may lie inside that of another, from a byte on: there the two have the same values.
  private(set) var inside: [(part: Slot, whole: Slot, offset: Int)] = []

  init(_ backend: any KernelBackend) { self.backend = backend }

  /// Says that two slots may share memory.
  func allow(_ written: Slot, inPlaceOf read: Slot) { inPlace.append((read, written)) }

  /// Makes the kernel that writes the `secondSource` plus what this one would write to its `destination`, or
  /// `sourceCotangent`; `nil` where there is none, or it is no less work than a sum of the two.
  private(set) var makeAdding: (() throws(EngineError) -> Kernel)?

  /// Says how the kernel is made that adds what this one writes.
  func setAdding(_ make: @escaping () throws(EngineError) -> Kernel) { makeAdding = make }

  /// Says that the memory of a slot may lie inside that of another.
  func allow(_ part: Slot, inside whole: Slot, at offset: Int) { inside.append((part, whole, offset)) }

  convenience init(
    _ what: @autoclosure () -> String, _ make: (UnsafeMutablePointer<cdnnl_error>) -> OpaquePointer?
  ) throws(EngineError) {
    self.init(DNNLKernel(owning: try made(what(), make)))
  }

  /// The layout the kernel wants or gives in a slot; `nil` where it does not use the slot.
  public func layout(_ slot: Slot) -> Layout? { backend.layout(slot) }

  /// Name of the implementation, such as `jit:avx512_core`.
  public var implementation: String { backend.implementation }

  /// Sets the memory of a slot.
  func bind(_ slot: Slot, to memory: UnsafeMutableRawPointer) throws(EngineError) {
    try backend.bind(slot, to: memory)
  }

  /// Runs the kernel and waits until it is done.
  func run() throws(EngineError) { try backend.run() }

  /// Runs it directly after another run with the same constants and scratchpad, which nobody has written since.
  func runAgain() throws(EngineError) { try backend.runAgain() }

  /// Bytes that a run makes of constants, and that ``runAgain()`` spares.
  var preparedBytes: Int { backend.preparedBytes }

  /// About how long it takes relative to the operations of the definition at the rate of products.
  var timeShare: Double { backend.timeShare }

  /// The kernel that does the same for several cotangents in the same scratchpad, with part of its work done once for all
  /// of them; `nil` where nothing would be.
  func joined(cotangents: Int) throws(EngineError) -> Kernel? { try backend.joined(cotangents: cotangents) }

  /// Runs it for the first of the cotangents that it was joined for.
  func run(cotangents: Int) throws(EngineError) { try backend.run(cotangents: cotangents) }

  /// Operations that a kernel for several cotangents does once.
  var joinedFlops: Double { backend.joinedFlops }

  /// Sets how many threads kernels made and run on the calling thread use from now on.
  static func setThreads(_ count: Int) { cdnnl_set_threads(Int32(clamping: count)) }
}

/// What carries out a kernel.
protocol KernelBackend: AnyObject {
  func layout(_ slot: Kernel.Slot) -> Layout?
  var implementation: String { get }
  func bind(_ slot: Kernel.Slot, to memory: UnsafeMutableRawPointer) throws(EngineError)
  func run() throws(EngineError)
  func runAgain() throws(EngineError)
  var preparedBytes: Int { get }
  var timeShare: Double { get }
  func joined(cotangents: Int) throws(EngineError) -> Kernel?
  func run(cotangents: Int) throws(EngineError)
  var joinedFlops: Double { get }
}

extension KernelBackend {
  func runAgain() throws(EngineError) { try run() }
  var preparedBytes: Int { 0 }
  var timeShare: Double { 1 }
  func joined(cotangents: Int) throws(EngineError) -> Kernel? { nil }
  func run(cotangents: Int) throws(EngineError) { try run() }
  var joinedFlops: Double { 0 }
}

/// A primitive of oneDNN.
final class DNNLKernel: KernelBackend {
  private let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { cdnnl_kernel_free(handle) }

  func layout(_ slot: Kernel.Slot) -> Layout? {
    cdnnl_kernel_layout(handle, slot.code).map(Layout.init(owning:))
  }

  var implementation: String { String(cString: cdnnl_kernel_implementation(handle)) }

  func bind(_ slot: Kernel.Slot, to memory: UnsafeMutableRawPointer) throws(EngineError) {
    var error = cdnnl_error()
    guard cdnnl_kernel_bind(handle, slot.code, memory, &error) else {
      throw EngineError(.internal, "binding \(slot): \(error.message)")
    }
  }

  func run() throws(EngineError) {
    var error = cdnnl_error()
    guard cdnnl_kernel_run(handle, &error) else { throw EngineError(.internal, "\(implementation): \(error.message)") }
  }
}
