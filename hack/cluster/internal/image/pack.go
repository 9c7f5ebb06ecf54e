package image

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// pack writes the folder as a tar file, under a temporary name until it is
// whole.
func pack(folder, output string) error {
	partial := output + ".partial"
	file, err := os.Create(partial)
	if err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	defer os.Remove(partial)
	writer := tar.NewWriter(file)
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		return add(writer, folder, path, entry)
	})
	if err == nil {
		err = writer.Close()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return os.Rename(partial, output)
}

func add(writer *tar.Writer, folder, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header, err := tar.FileInfoHeader(info, "")
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(folder, path)
	if err != nil {
		return err
	}
	header.Name = filepath.ToSlash(relative)
	header.ModTime, header.AccessTime, header.ChangeTime = time.Unix(0, 0), time.Time{}, time.Time{}
	if entry.IsDir() {
		header.Name += "/"
		return writer.WriteHeader(header)
	}
	if err := writer.WriteHeader(header); err != nil {
		return err
	}
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = io.Copy(writer, source)
	return err
}
