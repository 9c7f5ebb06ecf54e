package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for short, want := range map[string]string{
		"crier:dev":                      "docker.io/library/crier:dev",
		"team/crier:v1.2":                "docker.io/team/crier:v1.2",
		"example.org/crier:dev":          "example.org/crier:dev",
		"example.org:5000/team/crier:v1": "example.org:5000/team/crier:v1",
		"localhost/crier:dev":            "localhost/crier:dev",
		"crier":                          "",
		"Crier:dev":                      "",
		"crier:dev@sha256:00":            "",
		"":                               "",
	} {
		got, err := Name(short)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("Name(%q) = %q, %v; want %q", short, got, err, want)
		}
	}
}

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	binary := filepath.Join(folder, "binary")
	if err := os.WriteFile(binary, []byte("the program"), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := Spec{Name: "crier:dev", Binary: binary, Path: "/crier", User: 65532}
	one, two := filepath.Join(folder, "one.tar"), filepath.Join(folder, "two.tar")
	for _, output := range []string{one, two} {
		if err := Write(spec, output); err != nil {
			t.Fatal(err)
		}
	}
	first, second := contents(t, one), contents(t, two)
	var index struct {
		Manifests []struct {
			Annotations map[string]string
			Platform    struct{ OS string }
		}
	}
	if err := json.Unmarshal(first["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	if len(index.Manifests) != 1 || index.Manifests[0].Annotations["io.containerd.image.name"] != "docker.io/library/crier:dev" ||
		index.Manifests[0].Platform.OS != "linux" {
		t.Errorf("the index reads %s", first["index.json"])
	}
	if !bytes.Equal(first["index.json"], second["index.json"]) {
		t.Error("the same binary gave two images")
	}
	var config string
	for name, content := range first {
		if strings.HasPrefix(name, "blobs/") && bytes.Contains(content, []byte(`"Entrypoint"`)) {
			config = string(content)
		}
	}
	for _, want := range []string{`"User":"65532:65532"`, `"Entrypoint":["/crier"]`, `"os":"linux"`} {
		if !strings.Contains(config, want) {
			t.Errorf("the configuration %s lacks %s", config, want)
		}
	}
	entries, _ := os.ReadDir(folder)
	if len(entries) != 3 {
		t.Errorf("something is left beside the archives: %v", entries)
	}
}

func TestLayer(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "binary")
	if err := os.WriteFile(binary, []byte("the program"), 0o600); err != nil {
		t.Fatal(err)
	}
	layer, err := layerOf(Spec{Binary: binary, Path: "/crier", User: 65532, Beside: []string{binary}})
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]int64{}
	reader := tar.NewReader(bytes.NewReader(layer))
	for header, err := reader.Next(); err == nil; header, err = reader.Next() {
		modes[header.Name] = header.Mode
	}
	if modes["crier"] != 0o755 || modes["binary"] != 0o755 || modes["tmp/"] != 0o1777 || modes["etc/passwd"] != 0o644 {
		t.Errorf("the layer holds %v", modes)
	}
	for _, spec := range []Spec{{Binary: binary + ".none", Path: "/crier"}, {Binary: binary, Path: "/crier", Beside: []string{binary + ".none"}}} {
		if _, err := layerOf(spec); err == nil {
			t.Errorf("a missing binary gave a layer: %+v", spec)
		}
	}
}

func contents(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	found := map[string][]byte{}
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if found[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
}
