import VoxFormats
import _VoxFuzzing

// Reads every volume: an error or an image, nothing else.
fuzz { bytes, count in
  readEverything(NIfTIFormat.self, Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
