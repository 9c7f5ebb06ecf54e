package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"crier.dev/crier/hack/e2e/harness"
)

// samples are the objects of config/samples.
type samples struct {
	*harness.Manifests
	// recipients are the addresses in the CSV files, in lower case.
	recipients map[string]bool
}

func readSamples(root string) (*samples, error) {
	manifests, err := harness.ReadManifests(filepath.Join(root, "config", "samples"))
	if err != nil {
		return nil, err
	}
	s := &samples{Manifests: manifests, recipients: map[string]bool{}}
	return s, s.readRecipients()
}

// find is the first object of that kind.
func (s *samples) find(kind string) *unstructured.Unstructured { return s.Find(kind, "") }

// readRecipients reads the addresses without Crier's own code, so that the count at the end is
// not Crier's word alone.
func (s *samples) readRecipients() error {
	for _, file := range s.Files {
		for _, object := range file.Objects {
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
					return fmt.Errorf("%s, %s: %w", file.Name, key, err)
				}
				for _, row := range rows[1:] {
					s.recipients[strings.ToLower(row[0])] = true
				}
			}
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
