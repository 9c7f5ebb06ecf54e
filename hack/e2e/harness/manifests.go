package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	syaml "sigs.k8s.io/yaml"
)

// Manifests are the objects of a folder in the order of their files.
type Manifests struct{ Files []ManifestFile }

// ManifestFile is one of the files.
type ManifestFile struct {
	Name    string
	Objects []*unstructured.Unstructured
}

// ReadManifests reads the YAML files of a folder.
func ReadManifests(folder string) (*Manifests, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(names) == 0 {
		return nil, errors.Join(err, fmt.Errorf("%s holds no manifests", folder))
	}
	m := &Manifests{}
	for _, name := range names {
		raw, err := os.ReadFile(name) //nolint:gosec // of the repository
		if err != nil {
			return nil, err
		}
		objects, err := decode(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		m.Files = append(m.Files, ManifestFile{Name: filepath.Base(name), Objects: objects})
	}
	return m, nil
}

func decode(raw []byte) (objects []*unstructured.Unstructured, err error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(raw), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(&object.Object); err != nil {
			if errors.Is(err, io.EOF) {
				return objects, nil
			}
			return nil, err
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// Find is the first object of that kind and name, or of that kind if name is "". It is nil if
// there is none.
func (m *Manifests) Find(kind, name string) *unstructured.Unstructured {
	for _, file := range m.Files {
		for _, object := range file.Objects {
			if object.GetKind() == kind && (name == "" || object.GetName() == name) {
				return object
			}
		}
	}
	return nil
}

// Set changes a field of the object of that kind and name.
func (m *Manifests) Set(kind, name string, value any, path ...string) error {
	object := m.Find(kind, name)
	if object == nil {
		return fmt.Errorf("the manifests hold no %s %s", kind, name)
	}
	return unstructured.SetNestedField(object.Object, value, path...)
}

// Write writes the objects into a folder, in the same files.
func (m *Manifests) Write(folder string) error {
	for _, file := range m.Files {
		var out bytes.Buffer
		for _, object := range file.Objects {
			raw, err := syaml.Marshal(object.Object)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "---\n%s", raw)
		}
		if err := os.WriteFile(filepath.Join(folder, file.Name), out.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Apply applies a copy of the objects with plain kubectl apply, and returns what it printed.
func (m *Manifests) Apply(ctx context.Context, k *Kube) (string, error) {
	folder, err := os.MkdirTemp("", "crier-manifests-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	if err := m.Write(folder); err != nil {
		return "", err
	}
	return k.Kubectl(ctx, "", "apply", "-f", folder)
}
