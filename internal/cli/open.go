package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"

	"crier.dev/crier/internal/client/terminal"
)

// openPage writes a page to a file of the user's own and opens it.
func openPage(stderr io.Writer, page string, open func(path string) error) error {
	file, err := os.CreateTemp("", "crier-preview-*.html")
	if err != nil {
		return exit{err, exitUsage}
	}
	_, err = file.WriteString(page)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return exit{err, exitUsage}
	}
	note(stderr, "the HTML part is in "+file.Name())
	if err := open(file.Name()); err != nil {
		return exit{fmt.Errorf("it can't be opened from here (%s): open the file yourself", terminal.Line(err.Error())), exitUsage}
	}
	return nil
}

// openFile opens a file with the program of the desktop, and doesn't wait for
// it.
func openFile(path string) error {
	program, args := "xdg-open", []string{path}
	switch runtime.GOOS {
	case "darwin":
		program = "open"
	case "windows":
		program, args = "rundll32", []string{"url.dll,FileProtocolHandler", path}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return fmt.Errorf("there is no desktop")
		}
	}
	found, err := exec.LookPath(program)
	if err != nil {
		return err
	}
	return exec.Command(found, args...).Start() //nolint:noctx,gosec // the browser outlives this command; the path is our own
}
