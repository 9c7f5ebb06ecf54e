package manifest

import (
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	yamlnode "go.yaml.in/yaml/v3"
)

// kustomizationNames are the names that kustomize knows, in its order.
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// kustomization is what a kustomization says about the files of its folder.
// kustomize isn't run: the objects are looked at as they are written.
type kustomization struct {
	path, folder string
	content      map[string]any
	document     document
	root         *yamlnode.Node
	resources    map[string]bool // files and folders, clean
	parts        map[string]bool // files that aren't objects of their own, clean
}

// kustomizationOf is that of a folder; nil if there is none.
func (r *reader) kustomizationOf(folder string) *kustomization {
	if k, known := r.kustomizations[folder]; known {
		return k
	}
	r.kustomizations[folder] = nil
	for _, name := range kustomizationNames {
		path := filepath.Join(folder, name)
		text, err := readFile(folder, name)
		if err != nil {
			continue
		}
		if k := readKustomization(path, folder, text); k != nil {
			r.kustomizations[folder] = k
		}
		break
	}
	return r.kustomizations[folder]
}

func readKustomization(path, folder string, text []byte) *kustomization {
	documents := split(text)
	if len(documents) != 1 {
		return nil
	}
	content, root, err := decode(documents[0].text)
	object, ok := content.(map[string]any)
	if err != nil || !ok {
		return nil // said where the file is read
	}
	k := &kustomization{
		path: path, folder: folder, content: object, document: documents[0], root: root,
		resources: map[string]bool{}, parts: map[string]bool{},
	}
	k.list(k.resources, object["resources"])
	for _, field := range []string{"patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "configurations", "crds", "transformers", "generators", "validators"} {
		k.list(k.parts, object[field])
	}
	k.list(k.parts, []any{object["openapi"]})
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		for _, g := range mappings(object[field]) {
			for _, file := range texts(g["files"]) {
				k.add(k.parts, file[strings.IndexByte(file, '=')+1:])
			}
		}
	}
	return k
}

// list adds files that are named as texts, or as the path of a mapping.
func (k *kustomization) list(to map[string]bool, v any) {
	for _, name := range texts(v) {
		k.add(to, name)
	}
	for _, m := range mappings(v) {
		if name, ok := m["path"].(string); ok {
			k.add(to, name)
		}
	}
}

func (k *kustomization) add(to map[string]bool, name string) {
	if name != "" && !strings.Contains(name, "\n") { // a patch may stand in place
		to[filepath.Join(k.folder, filepath.FromSlash(name))] = true
	}
}

// isPart says whether a file is a patch or the like, and not an object.
func (k *kustomization) isPart(path string) bool {
	return k != nil && k.parts[path] && !k.resources[path] && path != k.path
}

// place notes which objects are of a resource of the kustomization.
func (k *kustomization) place(objects []Object, path string) {
	if k == nil || !k.resources[path] {
		return
	}
	for i := range objects {
		objects[i].scope = k.folder
	}
}

// generate adds the ConfigMaps and Secrets that a kustomization makes. Those
// that change one of another folder are left out.
func (r *reader) generate(k *kustomization) {
	for _, kind := range []string{"ConfigMap", "Secret"} {
		field := strings.ToLower(kind[:1]) + kind[1:] + "Generator"
		nodes := resolve(value(k.root, field))
		for i, g := range mappings(k.content[field]) {
			if behavior, _ := g["behavior"].(string); behavior == "merge" || behavior == "replace" {
				continue
			}
			root := k.root
			if nodes != nil && i < len(nodes.Content) {
				root = resolve(nodes.Content[i])
			}
			r.result.Objects = append(r.result.Objects, r.generated(k, kind, g, root))
		}
	}
}

func (r *reader) generated(k *kustomization, kind string, g map[string]any, root *yamlnode.Node) Object {
	meta := map[string]any{"name": g["name"]}
	if own, _ := g["namespace"].(string); own != "" {
		meta["namespace"] = own
	}
	labels := map[string]any{}
	for _, from := range []map[string]any{k.content, g} {
		for _, field := range []string{"generatorOptions", "options"} {
			options, _ := from[field].(map[string]any)
			own, _ := options["labels"].(map[string]any)
			for key, value := range own {
				labels[key] = value
			}
		}
	}
	if len(labels) > 0 {
		meta["labels"] = labels
	}
	o := newObject(filepath.ToSlash(k.path), k.document, root, map[string]any{"apiVersion": "v1", "kind": kind, "metadata": meta})
	o.files, o.scope = map[string]string{}, k.folder
	r.fill(k, &o, g)
	return o
}

// fill gives an object its data. What can't be read makes all of it unknown.
func (r *reader) fill(k *kustomization, o *Object, g map[string]any) {
	data := map[string][]byte{}
	for _, literal := range texts(g["literals"]) {
		key, value, _ := strings.Cut(literal, "=")
		data[key] = []byte(strings.Trim(value, `"'`))
	}
	for _, file := range texts(g["files"]) {
		key, name, found := strings.Cut(file, "=")
		if !found {
			key, name = filepath.Base(filepath.FromSlash(file)), file
		}
		text, err := readFile(k.folder, name)
		if r.total += int64(len(text)); err != nil || r.total > MaxTotal {
			o.Opaque = true
			return
		}
		data[key] = text
		o.files["data["+key+"]"] = filepath.ToSlash(filepath.Join(k.folder, filepath.FromSlash(name)))
	}
	if len(texts(g["envs"])) > 0 || g["env"] != nil {
		o.Opaque = true
		return
	}
	plain, packed := map[string]any{}, map[string]any{}
	for key, value := range data {
		if utf8.Valid(value) {
			plain[key] = string(value)
		} else {
			packed[key] = base64.StdEncoding.EncodeToString(value)
		}
	}
	if o.Kind == "Secret" {
		o.Content["stringData"], o.Content["data"] = plain, packed
	} else {
		o.Content["data"], o.Content["binaryData"] = plain, packed
	}
}

// readFile reads a file of a folder, which neither its name nor a link may
// lead out of.
func readFile(folder, name string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name = filepath.FromSlash(name)
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFile {
		return nil, os.ErrInvalid
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxFile))
}

// texts are the texts of a list.
func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, element := range list {
		if s, ok := element.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// mappings are the mappings of a list.
func mappings(v any) (out []map[string]any) {
	list, _ := v.([]any)
	for _, element := range list {
		if m, ok := element.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
