package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	syaml "sigs.k8s.io/yaml"
)

// samples are the objects of config/samples in the order of their files.
type samples struct {
	files []sampleFile
	// recipients are the addresses in the CSV files, in lower case.
	recipients map[string]bool
}

type sampleFile struct {
	name    string
	objects []*unstructured.Unstructured
}

func readSamples(root string) (*samples, error) {
	names, err := filepath.Glob(filepath.Join(root, "config", "samples", "*.yaml"))
	if err != nil || len(names) == 0 {
		return nil, errors.Join(err, errors.New("config/samples holds no manifests"))
	}
	s := &samples{recipients: map[string]bool{}}
	for _, name := range names {
		raw, err := os.ReadFile(name) //nolint:gosec // of the repository
		if err != nil {
			return nil, err
		}
		objects, err := decode(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.files = append(s.files, sampleFile{name: filepath.Base(name), objects: objects})
	}
	return s, s.readRecipients()
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

// find is the first object of that kind.
func (s *samples) find(kind string) *unstructured.Unstructured {
	for _, file := range s.files {
		for _, object := range file.objects {
			if object.GetKind() == kind {
				return object
			}
		}
	}
	return nil
}

// readRecipients reads the addresses without Crier's own code, so that the count at the end is
// not Crier's word alone.
func (s *samples) readRecipients() error {
	for _, file := range s.files {
		for _, object := range file.objects {
			if object.GetKind() != "ConfigMap" {
				continue
			}
			data, _, err := unstructured.NestedStringMap(object.Object, "data")
			if err != nil {
				return err
			}
			for key, text := range data {
				rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
				if err != nil {
					return fmt.Errorf("%s, %s: %w", file.name, key, err)
				}
				for _, row := range rows[1:] {
					s.recipients[strings.ToLower(row[0])] = true
				}
			}
		}
	}
	return nil
}

// write writes the objects into a folder, in the same files.
func (s *samples) write(folder string) error {
	for _, file := range s.files {
		var out bytes.Buffer
		for _, object := range file.objects {
			raw, err := syaml.Marshal(object.Object)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "---\n%s", raw)
		}
		if err := os.WriteFile(filepath.Join(folder, file.name), out.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// login is the name and password that the sample Secret gives.
func (s *samples) login() (username, password string, err error) {
	secret := s.find("Secret")
	if secret == nil {
		return "", "", errors.New("config/samples holds no Secret")
	}
	data, _, err := unstructured.NestedStringMap(secret.Object, "stringData")
	return data["username"], data["password"], err
}

// reportAddressee is who gets the report of the Broadcast's list.
func (s *samples) reportAddressee() (string, error) {
	list := s.find("MailingList")
	if list == nil {
		return "", errors.New("config/samples holds no MailingList")
	}
	to, _, err := unstructured.NestedStringSlice(list.Object, "spec", "report", "to")
	if err != nil || len(to) == 0 {
		return "", errors.Join(err, errors.New("the sample list names no report addressee"))
	}
	return to[0], nil
}
