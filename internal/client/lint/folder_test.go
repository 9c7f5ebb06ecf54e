package lint

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crier.dev/crier/internal/client/manifest"
)

// inFolder lints files of a new folder, and gives the lines of the report with
// the names of the files alone.
func inFolder(t *testing.T, files map[string]string) (string, Report) {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Check(t.Context(), manifest.Read([]string{root}, nil), today)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(lines(t, r), filepath.ToSlash(root)+"/", ""), r
}

const attaching = `apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: a, namespace: hr}
spec:
  listRef: {name: staff}
  notAfter: "2026-03-10T17:00:00-05:00"
  subject: Hello
  content:
    text: Hello.
    attachments:
    - name: a.pdf
      secret: {name: wanted, key: a.pdf}
`

// A Secret that another program makes or has encrypted is there, and nobody
// here knows what is in it.
func TestSecretsOfOtherPrograms(t *testing.T) {
	const other = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: other, namespace: hr}\n"
	for name, c := range map[string]struct{ files, want string }{
		"missing":         {other, "SECRET wanted is not among the files"},
		"without the key": {other + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: wanted, namespace: hr}\ndata: {}\n", "SECRET wanted has no key a.pdf"},
		"SOPS":            {other + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: wanted, namespace: hr}\ndata: {a.pdf: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}\n", ""},
		"SealedSecret":    {other + "---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: wanted, namespace: hr}\nspec: {encryptedData: {a: b}}\n", ""},
		"ExternalSecret":  {other + "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: x, namespace: hr}\nspec: {target: {name: wanted}}\n", ""},
		"of another place": {other + "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: wanted, namespace: it}\nspec: {}\n",
			"SECRET wanted is not among the files"},
	} {
		got, r := inFolder(t, map[string]string{"a.yaml": attaching + c.files})
		want := strings.ReplaceAll(c.want, "SECRET", "Secret")
		if (want == "") != (len(r.Findings) == 0) || !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Rows of a file that a kustomization makes a ConfigMap of are read, and shown
// in that file.
func TestGeneratedConfigMaps(t *testing.T) {
	got, r := inFolder(t, map[string]string{
		"kustomization.yaml": "namespace: hr\nresources: [set.yaml]\nconfigMapGenerator:\n- name: people\n  files: [people.csv]\n",
		"people.csv":         "email,name\nann@example.gov,Ann\nnobody,Bob\n",
		"set.yaml":           "apiVersion: crier.dev/v1alpha1\nkind: SubscriberSet\nmetadata: {name: people}\nspec: {source: {csv: {from: [{configMap: {name: people}}]}}}\n",
		"other.yaml":         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: hr}\n",
	})
	if !strings.HasPrefix(got, "people.csv:3:1: warning: ") || len(r.Findings) != 1 {
		t.Error(got)
	}
}

// YAML reads something else than a text in what stands without quotation marks.
func TestTextsThatAreNone(t *testing.T) {
	broadcast := func(old, text string) string { return strings.Replace(attaching, old, text, 1) }
	const relay = "apiVersion: crier.dev/v1alpha1\nkind: Relay\nmetadata: {name: a, namespace: b}\nspec:\n  host: a.example.gov\n  bounceDomain: b.example.gov\n"
	for name, c := range map[string]struct{ text, want string }{
		"boolean":     {broadcast("subject: Hello", "subject: yes"), `7:3: error: must be of type string: "boolean": write it in quotation marks, "yes" [schema]`},
		"comment":     {broadcast("subject: Hello", "subject: #1 news"), `7:3: error: must be of type string: "null": it is empty, and a text that begins with # needs quotation marks [schema]`},
		"cut":         {broadcast("subject: Hello", "subject: Sale #1 today"), `7:3: warning: YAML takes "#1 today" for a comment, and leaves it out; write the text in quotation marks [content]`},
		"processor":   {broadcast("subject: Hello", "subject: “Hello”"), `7:3: warning: the quotation marks “ ” are a part of the text`},
		"name":        {broadcast("name: a,", "name: 2026,"), `3:12: error: this must be text: write it in quotation marks, "2026" [schema]`},
		"label":       {broadcast("{name: a,", "{labels: {v: 1.10}, name: a,"), `3:21: error: this must be text: write it in quotation marks, "1.10" [schema]`},
		"port":        {relay + "  port: \"587\"\n", `7:3: error: must be of type integer: "string": write it without quotation marks, 587 [schema]`},
		"list":        {relay + "  grants:\n  - namespaces: hr\n    domains: [a.example.gov]\n", `8:5: error: must be of type array: "string": write a list, [hr] [schema]`},
		"data":        {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: people, namespace: hr}\ndata:\n  people.csv: 010\n", `5:3: error: this must be text: write it in quotation marks, "010" [schema]`},
		"no group":    {broadcast("crier.dev/v1alpha1", "v1"), `1:1: error: there is no kind "Broadcast" in v1; write apiVersion: crier.dev/v1alpha1 [kind]`},
		"other group": {broadcast("crier.dev/v1alpha1", "Crier.io/v1"), `1:1: error: there is no kind "Broadcast" in Crier.io/v1; write apiVersion: crier.dev/v1alpha1 [kind]`},
	} {
		if got, _ := inFolder(t, map[string]string{"a.yaml": c.text}); !strings.Contains(got, "a.yaml:"+c.want) {
			t.Errorf("%s: %s\nlacks %s", name, got, c.want)
		}
	}
	fine := strings.Replace(attaching, "subject: Hello", "subject: Hello # to all\n  priority: Normal #a", 1)
	if got, _ := inFolder(t, map[string]string{"a.yaml": strings.Replace(fine, " #a", " # b", 1)}); got != "" {
		t.Error(got)
	}
}

func TestSkippedFilesAreCounted(t *testing.T) {
	_, r := inFolder(t, map[string]string{
		"a.yaml": attaching, "values.yaml": "a: b\n", "b.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\na: b\n",
	})
	if s := r.Summary(); s != "0 errors, 0 warnings in 2 files (1 Crier object, 2 others skipped); 1 file skipped: not Kubernetes objects" {
		t.Error(s)
	}
	var out bytes.Buffer
	if err := r.JSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		SkippedFiles []struct{ Path, Reason, Detail string }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got.SkippedFiles) != 1 || got.SkippedFiles[0].Reason != "not Kubernetes objects" {
		t.Errorf("%v, %s", err, out.String())
	}
}

// Overlays for two clusters have objects of one name, and each is looked at
// with its own. Within one of them that is a mistake.
func TestOverlaysAreLookedAtApart(t *testing.T) {
	files := map[string]string{
		"base/kustomization.yaml": "resources: [list.yaml]\n",
		"base/list.yaml": "apiVersion: crier.dev/v1alpha1\nkind: SubscriberSet\nmetadata: {name: people, namespace: hr}\n" +
			"spec: {source: {csv: {from: [{configMap: {name: people}}]}}}\n",
	}
	for _, overlay := range []string{"dev", "prod"} {
		files[overlay+"/kustomization.yaml"] = "namespace: hr\nresources: [../base]\nconfigMapGenerator:\n- name: people\n  files: [people.csv]\n"
		files[overlay+"/people.csv"] = "email\nnobody of " + overlay + "\n"
	}
	got, r := inFolder(t, files)
	if len(r.Findings) != 2 || !strings.Contains(got, "dev/") || !strings.Contains(got, "prod/") || r.Objects != 1 {
		t.Errorf("%s\n%s", got, r.Summary())
	}
	files["dev/people.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: people, namespace: hr}\n"
	files["dev/kustomization.yaml"] += "resources: [../base, people.yaml]\n"
	files["dev/kustomization.yaml"] = strings.Replace(files["dev/kustomization.yaml"], "resources: [../base]\n", "", 1)
	if got, _ := inFolder(t, files); !strings.Contains(got, "there is another ConfigMap hr/people") {
		t.Error(got)
	}
}
