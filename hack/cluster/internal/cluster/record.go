package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"crier.dev/crier/hack/cluster/internal/layout"
	"crier.dev/crier/hack/cluster/internal/network"
)

// Record is what the machine was like before the cluster, so that down can
// leave it the same. It also marks a folder as a cluster's state folder.
type Record struct {
	Settings network.Settings `json:"settings"`
	// Absent lists the folders outside the state folder that were not there,
	// and that a kubelet or containerd makes in places which nobody can set.
	Absent []string `json:"absent"`
}

// fixed are the folders that a component uses wherever its own files are.
var fixed = []string{
	"/var/lib/kubelet", "/var/lib/cni", "/var/lib/containerd", "/var/log/pods", "/var/log/containers",
	"/run/containerd", "/run/netns", "/opt/containerd", "/opt/cni", "/etc/cni", "/usr/libexec/kubernetes",
}

func recordFile(at layout.Folder) string { return at.At("before.json") }

// Exists says whether the folder is the state folder of a cluster.
func (c *Cluster) Exists() bool {
	_, err := os.Stat(recordFile(c.State))
	return err == nil
}

// remember writes the record, once, before anything is changed.
func (c *Cluster) remember() (Record, error) {
	if c.Exists() {
		return c.recall()
	}
	record := Record{Settings: network.Remember()}
	for _, path := range fixed {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			record.Absent = append(record.Absent, path)
		}
	}
	text, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return Record{}, err
	}
	return record, os.WriteFile(recordFile(c.State), text, 0o644)
}

func (c *Cluster) recall() (Record, error) {
	text, err := os.ReadFile(recordFile(c.State))
	if err != nil {
		return Record{}, fmt.Errorf("%s is not the state folder of a cluster: %w", c.State, err)
	}
	var record Record
	if err := json.Unmarshal(text, &record); err != nil {
		return Record{}, fmt.Errorf("read what the machine was like before: %w", err)
	}
	// The folders are removed later: never one that is not on the list.
	record.Absent = slices.DeleteFunc(record.Absent, func(path string) bool { return !slices.Contains(fixed, path) })
	return record, nil
}
