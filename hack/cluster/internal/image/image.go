package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Spec describes an image.
type Spec struct {
	Name   string   // NAME:TAG
	Binary string   // file on this machine; it must be static
	Path   string   // of the binary in the image, absolute; also the entry point
	User   int      // numeric user and group of the process
	Beside []string // more files, static binaries as well, which are put beside it under their names
}

// Write puts the image as an OCI archive into the file output.
func Write(spec Spec, output string) error {
	full, err := Name(spec.Name)
	if err != nil {
		return err
	}
	built, err := build(spec)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(filepath.Dir(output), ".image-*")
	if err != nil {
		return fmt.Errorf("make a working folder beside %s: %w", output, err)
	}
	defer os.RemoveAll(folder)
	index, err := layout.Write(folder, empty.Index)
	if err != nil {
		return fmt.Errorf("write the image's index: %w", err)
	}
	_, tag, _ := strings.Cut(full[strings.LastIndex(full, "/")+1:], ":")
	names := layout.WithAnnotations(map[string]string{
		"io.containerd.image.name":          full, // what ctr reads
		"org.opencontainers.image.ref.name": tag,  // what others read
	})
	if err := index.AppendImage(built, names, layout.WithPlatform(platform())); err != nil {
		return fmt.Errorf("write the image's layers: %w", err)
	}
	return pack(folder, output)
}

func build(spec Spec) (v1.Image, error) {
	content, err := layerOf(spec)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	})
	if err != nil {
		return nil, fmt.Errorf("make the layer: %w", err)
	}
	with, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, fmt.Errorf("add the layer: %w", err)
	}
	file, err := with.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read the image's configuration: %w", err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = platform().OS, platform().Architecture
	file.Config.Entrypoint = []string{spec.Path}
	file.Config.User = fmt.Sprintf("%d:%d", spec.User, spec.User)
	file.Config.WorkingDir = "/"
	file.Config.Env = []string{"PATH=/", "HOME=/tmp"}
	return mutate.ConfigFile(with, file)
}

// layerOf makes the file system: the binary, a passwd entry for its user and
// a folder for temporary files. All times are zero, so that the same binary
// gives the same image.
func layerOf(spec Spec) ([]byte, error) {
	binary, err := os.ReadFile(spec.Binary)
	if err != nil {
		return nil, fmt.Errorf("read the binary: %w", err)
	}
	passwd := "root:x:0:0:root:/:/none\n"
	group := "root:x:0:\n"
	if spec.User != 0 {
		passwd += fmt.Sprintf("nonroot:x:%d:%d:nonroot:/tmp:/none\n", spec.User, spec.User)
		group += fmt.Sprintf("nonroot:x:%d:\n", spec.User)
	}
	type entry struct {
		name    string
		mode    int64
		content []byte
	}
	entries := []entry{
		{"etc/", 0o755, nil},
		{"etc/group", 0o644, []byte(group)},
		{"etc/passwd", 0o644, []byte(passwd)},
		{"tmp/", 0o1777, nil},
		{strings.TrimPrefix(spec.Path, "/"), 0o755, binary},
	}
	for _, file := range spec.Beside {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the binary: %w", err)
		}
		name := path.Join(path.Dir(spec.Path), filepath.Base(file))
		entries = append(entries, entry{strings.TrimPrefix(name, "/"), 0o755, content})
	}
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, entry := range entries {
		header := tar.Header{Name: entry.name, Mode: entry.mode, Size: int64(len(entry.content)), Typeflag: tar.TypeReg, ModTime: time.Unix(0, 0)}
		if strings.HasSuffix(entry.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := writer.WriteHeader(&header); err != nil {
			return nil, fmt.Errorf("pack %s: %w", entry.name, err)
		}
		if _, err := writer.Write(entry.content); err != nil {
			return nil, fmt.Errorf("pack %s: %w", entry.name, err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("end the layer: %w", err)
	}
	return buffer.Bytes(), nil
}

func platform() v1.Platform { return v1.Platform{OS: "linux", Architecture: runtime.GOARCH} }
