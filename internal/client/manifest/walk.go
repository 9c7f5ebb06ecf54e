package manifest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"crier.dev/crier/internal/words"
)

// folder reads what is below a folder. The files are looked for before any is
// read.
func (r *reader) folder(root string) {
	w := &walk{reader: r, root: root, charts: map[string]bool{}}
	if w.real, w.err = filepath.EvalSymlinks(root); w.err == nil {
		w.err = filepath.WalkDir(w.real, w.visit)
	}
	if w.err != nil {
		r.unreadable(root, w.err)
		return
	}
	for _, path := range w.files {
		if r.full {
			return
		}
		r.file(path, false)
	}
	if w.found == 0 {
		r.result.Problems = append(r.result.Problems, Problem{
			Position: Position{Path: root}, Unreadable: true, Message: "there are no .yaml, .yml or .json files in this folder",
		})
	}
}

// walk looks for files below a folder.
type walk struct {
	*reader
	root, real string // the folder as it was named, and without links
	charts     map[string]bool
	files      []string
	found      int // with those that are skipped
	entries    int
	err        error
}

func (w *walk) visit(path string, entry fs.DirEntry, err error) error {
	path = w.named(path)
	top := path == filepath.Clean(w.root)
	if w.entries++; w.entries > MaxEntries {
		w.stop(path, fmt.Sprintf("there are more than %s files and folders below %s; name the folders that hold manifests", words.Number(MaxEntries), w.root))
		return filepath.SkipAll
	}
	if err != nil {
		w.unreadable(path, err)
		if entry != nil && entry.IsDir() {
			return filepath.SkipDir
		}
		return nil
	}
	hidden := !top && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules")
	switch {
	case entry.IsDir() && hidden:
		return filepath.SkipDir
	case entry.IsDir():
		w.charts[path] = isChart(path) || w.charts[filepath.Dir(path)]
	case hidden || !isManifest(path):
	case w.charts[filepath.Dir(path)]:
		w.found++
		w.skip(path, ChartTemplates, "")
	default:
		w.take(path, entry)
	}
	return nil
}

// take adds a file, or a link to one that is in the same folder.
func (w *walk) take(path string, entry fs.DirEntry) {
	switch {
	case entry.Type()&fs.ModeSymlink != 0:
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return // to nothing, or to a folder
		}
		w.found++
		if target, err := filepath.EvalSymlinks(path); err != nil || !below(w.real, target) {
			w.skip(path, LinksOutside, "it is a link that leads out of the folder")
			return
		}
	case !entry.Type().IsRegular():
		return
	default:
		w.found++
	}
	if len(w.files) <= MaxFiles {
		w.files = append(w.files, path)
	}
}

// named is a path as the user would write it.
func (w *walk) named(path string) string {
	rel, err := filepath.Rel(w.real, path)
	if err != nil {
		return path
	}
	return filepath.Join(w.root, rel)
}

// below says whether a path is in a folder. Both are without links.
func below(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// isChart says whether a folder has the templates of a Helm chart.
func isChart(path string) bool {
	absolute, err := filepath.Abs(path)
	if err != nil || filepath.Base(absolute) != "templates" {
		return false
	}
	_, err = os.Stat(filepath.Join(filepath.Dir(absolute), "Chart.yaml"))
	return err == nil
}

func isManifest(path string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(path))) ||
		slices.Contains(kustomizationNames, filepath.Base(path))
}
