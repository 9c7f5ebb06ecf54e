package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSyncChart(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(crdBases+"/example.org_letters.yaml", braces)
	write(roleFile, generatedRoles)
	write(chartValues, documented)
	write(chartReadme, tableStart+tableEnd)
	write(chartCRDs+"/gone.yaml", "a kind that is no more\n")

	if err := syncChart(root); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		chartCRDs + "/letters.yaml": "helm.sh/resource-policy: keep",
		chartRules:                  "crier.rules.tenant",
		chartReadme:                 "| `second.inner` |",
		crdKustomize:                "- bases/example.org_letters.yaml\n",
	} {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q (error %v)", path, want, err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, chartCRDs, "gone.yaml")); !os.IsNotExist(err) {
		t.Errorf("the CRD of a kind that is gone is still there: %v", err)
	}
}

func TestSyncChartNeedsCRDs(t *testing.T) {
	if err := syncChart(t.TempDir()); err == nil {
		t.Error("no error without CRDs")
	}
}
