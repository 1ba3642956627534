import CLibFuzzer
import Glibc
import VoxFormats
import _VoxFuzzing

// Reads a file through the structure's check, GDCM and the codecs: an error or an image, nothing else.
fuzz { bytes, count in
  // A file in memory has a name to open it by, again and again.
  let descriptor = fuzzing_memory_file()
  defer { close(descriptor) }
  guard descriptor >= 0, write(descriptor, bytes, count) == count else { return 0 }
  var options = DICOMLoadOptions()
  options.maxVoxels = 1 << 20
  for series in (try? DICOMSeries.discover(in: ["/proc/self/fd/\(descriptor)"])) ?? [] {
    _ = try? series.load(options)
  }
  return 0
}
