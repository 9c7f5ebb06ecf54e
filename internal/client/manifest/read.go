package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"crier.dev/crier/internal/words"
)

// Stdin is the name of a file that stands for standard input.
const Stdin = "-"

// stdinName is what positions call standard input.
const stdinName = "stdin"

// Result is what was read.
type Result struct {
	Objects  []Object
	Problems []Problem
	// Files that were read and hold objects, or should.
	Files int
	// Others are documents that aren't Kubernetes objects, of files that hold
	// objects too.
	Others int
	// Skips are files without objects.
	Skips Skips

	scopes scopes
}

// Read reads files, folders with all that is below them, and standard input
// for "-". Folders are searched for .yaml, .yml and .json files. What isn't a
// Kubernetes object in them is skipped, and the result says so: the templates
// of Helm charts, which aren't YAML before they are rendered, what a
// kustomization names as patches, files of other programs. Names that begin
// with a dot and node_modules are left out, and so are links that lead out of
// the folder. ConfigMaps and Secrets that a kustomization generates are objects
// too. The bounds are MaxFile, MaxFiles, MaxTotal and MaxEntries.
func Read(paths []string, stdin io.Reader) Result {
	r := &reader{stdin: stdin, seen: map[string]bool{}, kustomizations: map[string]*kustomization{}}
	for _, path := range paths {
		r.path(path)
	}
	r.finish()
	return r.result
}

type reader struct {
	stdin  io.Reader
	result Result
	// seen are the files that were read, with links resolved.
	seen  map[string]bool
	total int64 // octets that were read
	full  bool

	kustomizations map[string]*kustomization // by their folders; nil where there is none
}

func (r *reader) path(path string) {
	if path == Stdin {
		r.stream(stdinName, r.stdin, true)
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		r.unreadable(path, err)
	case info.IsDir():
		r.folder(path)
	default:
		r.file(path, true)
	}
}

// file reads a file once, however often it is named.
func (r *reader) file(path string, named bool) {
	clean := filepath.Clean(path)
	real, err := filepath.EvalSymlinks(clean)
	if err != nil {
		real = clean
	}
	if r.seen[real] {
		return
	}
	r.seen[real] = true
	k := r.kustomizationOf(filepath.Dir(clean))
	if k.isPart(clean) {
		r.skip(clean, Parts, "")
		return
	}
	f, err := os.Open(clean)
	if err != nil {
		r.unreadable(path, err)
		return
	}
	defer f.Close()
	from := len(r.result.Objects)
	r.stream(filepath.ToSlash(clean), f, named)
	k.place(r.result.Objects[from:], clean)
	if k != nil && clean == k.path {
		r.generate(k)
	}
}

func (r *reader) skip(path string, why Why, detail string) {
	r.result.Skips = append(r.result.Skips, Skip{filepath.ToSlash(path), why, detail})
}

func (r *reader) stream(name string, from io.Reader, named bool) {
	if r.full {
		return
	}
	if len(r.seen) > MaxFiles || r.total > MaxTotal {
		r.stop(name, fmt.Sprintf("there are more than %s or %d MiB; the others aren't read", words.Count(MaxFiles, "file"), MaxTotal>>20))
		return
	}
	text, err := io.ReadAll(io.LimitReader(from, MaxFile+1))
	if err != nil {
		r.result.Files++
		r.unreadable(name, err)
		return
	}
	r.total += int64(len(text))
	p := parse(name, text, named)
	r.result.Objects = append(r.result.Objects, p.objects...)
	r.result.Problems = append(r.result.Problems, p.problems...)
	if p.others > 0 && len(p.objects)+len(p.problems) == 0 {
		r.skip(name, NotObjects, p.why)
		return
	}
	r.result.Files++
	r.result.Others += p.others
}

// stop ends the reading: the bounds are reached.
func (r *reader) stop(path, message string) {
	if !r.full {
		r.result.Problems = append(r.result.Problems, Problem{Position: Position{Path: path}, Unreadable: true, Message: message})
	}
	r.full = true
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
