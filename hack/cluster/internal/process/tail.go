package process

import (
	"io"
	"os"
	"strings"
)

// tailBytes bounds what Tail reads of a long log.
const tailBytes = 64 << 10

// Tail returns the last lines of a log file.
func Tail(path string, lines int) string {
	file, err := os.Open(path)
	if err != nil {
		return "(there is no log: " + err.Error() + ")"
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > tailBytes {
		_, _ = file.Seek(-tailBytes, io.SeekEnd)
	}
	text, _ := io.ReadAll(file)
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
