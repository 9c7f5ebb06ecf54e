package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the name of a file that stands for standard input.
const Stdin = "-"

// stdinName is what positions call standard input.
const stdinName = "stdin"

// Result is what was read.
type Result struct {
	Objects  []Object
	Problems []Problem
	// Files that were read.
	Files int
	// Others are documents that aren't objects of Kubernetes.
	Others int
}

// Read reads files, folders with all that is below them, and standard input
// for "-". Folders are searched for .yaml, .yml and .json files; names that
// begin with a dot are left out, and so are links, which could lead in
// circles, and the templates of Helm charts, which aren't YAML before they are
// rendered.
func Read(paths []string, stdin io.Reader) Result {
	r := &reader{stdin: stdin, seen: map[string]bool{}}
	for _, path := range paths {
		r.path(path)
	}
	return r.result
}

type reader struct {
	stdin  io.Reader
	result Result
	seen   map[string]bool
	full   bool
}

func (r *reader) path(path string) {
	if path == Stdin {
		r.stream(stdinName, r.stdin)
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		r.unreadable(path, err)
	case info.IsDir():
		r.folder(path)
	default:
		r.file(path)
	}
}

func (r *reader) folder(root string) {
	found := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch hidden := path != root && strings.HasPrefix(entry.Name(), "."); {
		case err != nil:
			r.unreadable(path, err)
			if entry.IsDir() {
				return filepath.SkipDir
			}
		case entry.IsDir() && (hidden || isChart(path)):
			return filepath.SkipDir
		case hidden || !entry.Type().IsRegular() || !isManifest(path):
		case r.full:
			return filepath.SkipAll
		default:
			found++
			r.file(path)
		}
		return nil
	})
	if err != nil {
		r.unreadable(root, err)
	}
	if found == 0 && err == nil {
		r.result.Problems = append(r.result.Problems, Problem{
			Position: Position{Path: root}, Unreadable: true, Message: "there are no .yaml, .yml or .json files in this folder",
		})
	}
}

// isChart says whether a folder has the templates of a Helm chart.
func isChart(path string) bool {
	if filepath.Base(path) != "templates" {
		return false
	}
	_, err := os.Stat(filepath.Join(filepath.Dir(path), "Chart.yaml"))
	return err == nil
}

func isManifest(path string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(path)))
}

// file reads a file once, however often it is named.
func (r *reader) file(path string) {
	clean := filepath.Clean(path)
	if r.seen[clean] {
		return
	}
	r.seen[clean] = true
	f, err := os.Open(clean)
	if err != nil {
		r.unreadable(path, err)
		return
	}
	defer f.Close()
	r.stream(filepath.ToSlash(clean), f)
}

func (r *reader) stream(name string, from io.Reader) {
	if r.result.Files >= MaxFiles {
		if !r.full {
			r.result.Problems = append(r.result.Problems, Problem{
				Position: Position{Path: name}, Unreadable: true,
				Message: fmt.Sprintf("there are more than %d files; the others aren't read", MaxFiles),
			})
		}
		r.full = true
		return
	}
	r.result.Files++
	text, err := io.ReadAll(io.LimitReader(from, MaxFile+1))
	if err != nil {
		r.unreadable(name, err)
		return
	}
	objects, problems, others := Parse(name, text)
	r.result.Others += others
	r.result.Objects = append(r.result.Objects, objects...)
	r.result.Problems = append(r.result.Problems, problems...)
}

// unreadable names the file once, not again in the words of the error.
func (r *reader) unreadable(path string, err error) {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	r.result.Problems = append(r.result.Problems, Problem{
		Position: Position{Path: path}, Unreadable: true, Message: "can't be read: " + err.Error(),
	})
}
