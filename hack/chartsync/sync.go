package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Where things are, below the root of the repository.
const (
	crdBases     = "config/crd/bases"
	crdKustomize = "config/crd/kustomization.yaml"
	roleFile     = "config/rbac/role.yaml"
	chartCRDs    = "charts/crier/templates/crds"
	chartRules   = "charts/crier/templates/_rules.tpl"
	chartValues  = "charts/crier/values.yaml"
	chartReadme  = "charts/crier/README.md"
)

// syncChart writes the derived files below root.
func syncChart(root string) error {
	crds, err := readCRDs(filepath.Join(root, crdBases))
	if err != nil {
		return err
	}
	if err := writeCRDs(filepath.Join(root, chartCRDs), crds); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, crdKustomize), crdKustomization(crds), 0o644); err != nil {
		return err
	}
	role, err := os.ReadFile(filepath.Join(root, roleFile))
	if err != nil {
		return err
	}
	rules, err := splitRoles(role, clusterScopes(crds))
	if err != nil {
		return fmt.Errorf("%s: %w", roleFile, err)
	}
	text, err := rules.template()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, chartRules), text, 0o644); err != nil {
		return err
	}
	return syncReadme(root)
}

// syncReadme writes the table of values into the chart's README.
func syncReadme(root string) error {
	values, err := os.ReadFile(filepath.Join(root, chartValues))
	if err != nil {
		return err
	}
	rows, err := valueRows(values)
	if err != nil {
		return fmt.Errorf("%s: %w", chartValues, err)
	}
	readme, err := os.ReadFile(filepath.Join(root, chartReadme))
	if err != nil {
		return err
	}
	text, err := writeTable(readme, rows)
	if err != nil {
		return fmt.Errorf("%s: %w", chartReadme, err)
	}
	return os.WriteFile(filepath.Join(root, chartReadme), text, 0o644)
}

// writeCRDs makes folder hold exactly one template for each CRD: a kind that is
// gone from the API must not stay in the chart.
func writeCRDs(folder string, crds []crd) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, c := range crds {
		text, err := c.template()
		if err != nil {
			return fmt.Errorf("%s: %w", c.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, c.plural+".yaml"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// crdKustomization lists the CRDs for kustomize.
func crdKustomization(crds []crd) []byte {
	var out bytes.Buffer
	out.WriteString("# Written by hack/chartsync.\n" +
		"# The CRDs are a layer of their own: apply them first, and keep them when the\n" +
		"# rest is removed, since deleting a CRD deletes every object of its kind.\n" +
		"apiVersion: kustomize.config.k8s.io/v1beta1\n" +
		"kind: Kustomization\n" +
		"resources:\n")
	for _, c := range crds {
		fmt.Fprintf(&out, "- bases/%s\n", c.file)
	}
	return out.Bytes()
}
