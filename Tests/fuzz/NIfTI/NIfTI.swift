import VoxFormats
import _VoxFuzzing

/// Reads every volume of a NIfTI: an error or an image, nothing else.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNIfTI(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  readEverything(NIfTIFormat.self, Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
