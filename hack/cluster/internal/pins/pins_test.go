package pins

import "testing"

func TestRequired(t *testing.T) {
	const text = `module example.org/x

go 1.26.0

replace k8s.io/kubernetes => ./fork

require single.example/one v1.0.0

require (
	k8s.io/kubernetes-tools v0.1.0
	k8s.io/kubernetes v1.36.3 // indirect
)
`
	for module, want := range map[string]string{
		"k8s.io/kubernetes":   "v1.36.3",
		"single.example/one":  "v1.0.0",
		"absent.example/none": "",
	} {
		if got := required(text, module); got != want {
			t.Errorf("required(%s) = %q, want %q", module, got, want)
		}
	}
}

func TestReadOfThisModule(t *testing.T) {
	versions, err := Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{versions.Kubernetes, versions.Etcd, versions.CoreDNS} {
		if len(version) < len("v1.0.0") || version[0] != 'v' {
			t.Errorf("a pinned version reads %q in %+v", version, versions)
		}
	}
}

func TestReadNamesTheMissingFile(t *testing.T) {
	if _, err := Read(t.TempDir()); err == nil {
		t.Fatal("an empty folder gave versions")
	}
}
