import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("overlay where results cannot be written")
struct OverlayFailureTests {
  private let overlay: BuiltCommand
  private let folder: TemporaryDirectory
  private let stream: String

  init() throws {
    (overlay, folder) = (try BuiltCommand("overlay"), try TemporaryDirectory())
    stream = try SmallCase.stream(in: folder)
    try FileManager.default.createDirectory(atPath: folder.path("place"), withIntermediateDirectories: true)
  }

  private static let all = "nifti,labels,rgb,seg,pm,stats,matrix,png,html"

  /// Runs a script of which `$1` is the command, `$2` the stream and `$3` the place for results.
  private func run(_ script: String, _ more: [String] = []) throws -> BuiltCommand.Outcome {
    try BuiltCommand.shell.run(["-c", script, "script", overlay.path, stream, folder.path("place")] + more)
  }

  @Test("a file that grows too large is a failed write, and no file is left", arguments: [1, 2, 8, 40])
  func limit(kilobytes: Int) throws {
    let outcome = try run(
      "trap '' XFSZ; ulimit -f \(kilobytes); exec \"$1\" \"$2\" -o \"$3/out\" --products \(Self.all)")
    #expect(outcome.status == 74, "\(outcome.standardError)")
    #expect(outcome.standardError.contains("place/out/"), "\(outcome.standardError)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("place")) == [])
  }

  /// Whether this process may mount a disk of its own, as root may, and elsewhere users of a namespace.
  private static let mayMount =
    (try? BuiltCommand.shell.run(["-c", "unshare -rm mount -t tmpfs -o size=8k none /mnt"]))?.status == 0

  @Test(
    "a full disk is a failed write: what was there stays, nothing is added", .enabled(if: mayMount),
    arguments: [(16, "new"), (48, "new"), (48, "old"), (96, "old")])
  func fullDisk(kilobytes: Int, directory: String) throws {
    let outcome = try run(
      """
      unshare -rm bash -c '
        mount -t tmpfs -o size='"$4"'k none "$3" && mkdir "$3/old" && echo mine >"$3/old/notes.txt" || exit 1
        "$1" "$2" -o "$3/$5" --products $6; echo "status $?"; cd "$3"; find . -type f -exec cat {} +; find . | sort
      ' script "$@"
      """, ["\(kilobytes)", directory, Self.all])
    #expect(outcome.text == "status 74\nmine\n.\n./old\n./old/notes.txt\n", "\(outcome.standardError)")
    #expect(outcome.standardError.contains("No space left on device"), "\(outcome.standardError)")
  }

  @Test("a folder that may not be written to is refused before the stream is read")
  func unwritable() throws {
    // Root may write everywhere, so another user runs the command.
    let user = geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : ""
    for place in ["$3", "$3/out"] {
      let outcome = try run("chmod 555 \"$3\" && chmod 755 \"$(dirname $2)\" && exec \(user) \"$1\" - -o \"\(place)\"")
      #expect(outcome.status == 73, "\(outcome.standardError)")
      #expect(outcome.standardError.contains("Permission denied"), "\(outcome.standardError)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("place")) == [])
    }
  }

  @Test("a place inside a file is no directory")
  func insideFile() throws {
    let outcome = try run("exec \"$1\" \"$2\" -o \"$2/out\"")
    #expect(outcome.status == 73, "\(outcome.standardError)")
    #expect(outcome.standardError.contains("stream.nii/out"), "\(outcome.standardError)")
  }
}
