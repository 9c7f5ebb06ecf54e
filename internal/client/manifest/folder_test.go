package manifest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folder writes files below a new folder. A text that begins with -> is a link.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, isLink := strings.CutPrefix(files[name], "->"); isLink {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(files[name]), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func kinds(r Result) string {
	var all []string
	for _, o := range r.Objects {
		all = append(all, o.Kind)
	}
	return strings.Join(all, " ")
}

const relay = "apiVersion: crier.dev/v1alpha1\nkind: Relay\nmetadata: {name: a}\n"

// What other programs keep beside manifests is skipped and counted.
func TestFilesOfOtherPrograms(t *testing.T) {
	others := map[string]string{
		"playbook.yaml":      "- hosts: all\n  tasks: []\n",
		"people.json":        `[{"email": "ann@example.gov", "kind": "person"}]`,
		"patch.json":         `[{"op": "replace", "path": "/spec/suspend", "value": true}]`,
		"tsconfig.json":      "{\n  // kind of\n  \"compilerOptions\": {}\n}\n",
		"latin1.yaml":        "kind: M\xfcller\n",
		"binary.json":        "\x00\x01kind\xff\xfe",
		"values.yaml":        "image: {tag: a}\nkind: Deployment\n",
		"docker-compose.yml": "services:\n  a: {image: x}\n  a: {image: y}\n",
		"drone.yml":          "kind: pipeline\nname: default\nsteps: []\n",
		"ci.yml":             "spec:\n  inputs: {kind: {default: a}}\n---\njob: {script: [make]}\n",
		"cfn.yaml":           "Resources:\n  kind: !Sub \"${A}-x\"\n",
		"mkdocs.yml":         "kind: x\nemoji: !!python/name:material.emoji\n",
		"jinja.yaml":         "apiVersion: v1\nkind: ConfigMap\n{% for x in y %}\n  {{ x }}: 1\n{% endfor %}\n",
		"helm.yaml":          "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\n",
		"overlay.yaml":       "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\nmetadata: {name: a}\nspec:\n  test: {$patch: delete}\n",
		"sealed.yaml":        relay + "sops: {mac: 'ENC[AES256_GCM]', version: 3.9.0}\nspec: {host: 'ENC[AES256_GCM]'}\n",
		"comments.yaml":      "# nothing\n---\n# yet\n",
		"page.yaml":          "kind: [\nsee: https://crier.dev/docs\n",
	}
	files := maps.Clone(others)
	maps.Copy(files, map[string]string{
		"relay.yaml": relay, "empty.yaml": "", "notes.txt": relay,
		".git/a.yaml": relay, "web/node_modules/a/b.yaml": relay,
	})
	got := Read([]string{folder(t, files)}, nil)
	if kinds(got) != "Relay" || len(got.Problems) > 0 || got.Others != 0 {
		t.Errorf("%s, %v, %d others", kinds(got), got.Problems, got.Others)
	}
	skipped := map[string]bool{}
	for _, s := range got.Skips {
		if skipped[filepath.Base(s.Path)] = true; s.Why != NotObjects || s.Detail == "" {
			t.Error(s)
		}
	}
	for name := range others {
		if !skipped[name] {
			t.Errorf("%s isn't counted", name)
		}
	}
	if got.Skips.String() != "18 files skipped: not Kubernetes objects" || got.Files != 2 {
		t.Errorf("%s; %d files", got.Skips, got.Files)
	}
}

// What was to be an object and isn't one is said, wherever it stands.
func TestBrokenObjectsInFolders(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"colon":           {"apiVersion: crier.dev/v1alpha1\nkind: Relay\nspec:\n  a: b: c\n", ":4:3: mapping values"},
		"one of several":  {relay + "---\nkind: Broadcast\nmetadata:\n\tname: a\n", ":7:1: a tab can't indent"},
		"not in UTF-8":    {relay + "# M\xfcller\n", ":4:4: this isn't UTF-8 text"},
		"ConfigMap":       {"apiVersion: v1\nkind: ConfigMap\ndata: {a: b\n", ": did not find expected"},
		"twice":           {relay + "kind: Relay\n", ":4:1: the field \"kind\" is there twice"},
		"without version": {"kind: MailingList\nmetadata: {name: a}\n", ":1:1: this isn't a Kubernetes object without an apiVersion"},
		"JSON":            {"{\"apiVersion\": \"crier.dev/v1alpha1\",}\n{", ": "},
		"too large":       {relay + strings.Repeat("#", MaxFile), "the file is larger than 16 MiB"},
	} {
		got := Read([]string{folder(t, map[string]string{"a.yaml": c.text})}, nil)
		if len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Error(), c.want) || len(got.Skips) > 0 {
			t.Errorf("%s: %v, %v", name, got.Problems, got.Skips)
		}
	}
}

// A file that is named is wanted: it isn't left out because it can't be read.
func TestNamedFiles(t *testing.T) {
	root := folder(t, map[string]string{"a.yaml": "a: [\n", "b.yaml": "image: a\n", "c.json": "\xff\n"})
	var paths []string
	for _, name := range []string{"a.yaml", "b.yaml", "c.json"} {
		paths = append(paths, filepath.Join(root, name))
	}
	got := Read(paths, nil)
	if len(got.Problems) != 2 || got.Problems[0].Line == 0 || len(got.Skips) != 1 {
		t.Errorf("%v, %v", got.Problems, got.Skips)
	}
	if found := Read([]string{root}, nil); len(found.Problems) > 0 || len(found.Skips) != 3 {
		t.Errorf("%v, %v", found.Problems, found.Skips)
	}
}

func TestLinks(t *testing.T) {
	outside := filepath.Join(folder(t, map[string]string{"b.yaml": relay}), "b.yaml")
	root := folder(t, map[string]string{
		"a.yaml": relay, "again.yaml": "->a.yaml", "out.yaml": "->" + outside, "none.yaml": "->nothing", "deep/round": "->..", "round.yaml": "->deep",
	})
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{root, link} {
		got := Read([]string{path}, nil)
		if kinds(got) != "Relay" || len(got.Problems) > 0 || got.Skips.String() != "1 file skipped: links that lead out of the folder" {
			t.Errorf("%s: %s %v %v", path, kinds(got), got.Problems, got.Skips)
		}
		if len(got.Objects) == 1 && got.Objects[0].Path != filepath.ToSlash(filepath.Join(path, "a.yaml")) {
			t.Error(got.Objects[0].Path)
		}
	}
}

func TestKustomizations(t *testing.T) {
	root := folder(t, map[string]string{
		"base/kustomization.yaml": `namespace: hr
resources: [list.yaml]
configMapGenerator:
- name: people
  files: [people.csv, "more.csv=data/more.csv"]
  literals: [note=hello]
- name: outside
  files: [../secret.csv]
- name: changed
  behavior: merge
  files: [people.csv]
secretGenerator:
- name: login
  options: {labels: {crier.dev/use: relay}}
  literals: [password=x]
`,
		"base/list.yaml":     "apiVersion: crier.dev/v1alpha1\nkind: MailingList\nmetadata: {name: all}\n",
		"base/people.csv":    "email\nann@example.gov\n",
		"base/data/more.csv": "email\nbob@example.gov\n",
		"secret.csv":         "email\n",
		"prod/kustomization.yml": "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: [../base]\n" +
			"patches:\n- path: later.yaml\n- patch: |-\n    [{op: add}]\npatchesStrategicMerge: [other.yaml]\nconfigurations: [names.yaml]\n",
		"prod/later.yaml": "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\nmetadata: {name: a}\nspec: {subject: later}\n",
		"prod/other.yaml": "apiVersion: crier.dev/v1alpha1\nkind: Broadcast\nmetadata: {name: b}\n",
		"prod/names.yaml": "nameReference: []\n",
	})
	got := Read([]string{root}, nil)
	if kinds(got) != "ConfigMap ConfigMap Secret MailingList Kustomization" || len(got.Problems) > 0 {
		t.Fatalf("%s, %v", kinds(got), got.Problems)
	}
	if s := got.Skips.String(); s != "4 files skipped: not Kubernetes objects (1), patches and other parts of kustomizations (3)" {
		t.Error(s)
	}
	people, outside, login, list := got.Objects[0], got.Objects[1], got.Objects[2], got.Objects[3]
	if people.Title() != "ConfigMap hr/people" || list.Namespace != "hr" || people.Opaque || login.Opaque || !outside.Opaque {
		t.Errorf("%s, %s, %t, %t, %t", people.Title(), list.Title(), people.Opaque, login.Opaque, outside.Opaque)
	}
	data := people.Content["data"].(map[string]any)
	if data["people.csv"] != "email\nann@example.gov\n" || data["more.csv"] != "email\nbob@example.gov\n" || data["note"] != "hello" {
		t.Errorf("%q", data)
	}
	if at := people.TextAt("data[more.csv]", 2, 1).String(); at != filepath.ToSlash(root)+"/base/data/more.csv:2:1" {
		t.Error(at)
	}
	if at := people.At("metadata.name").String(); at != filepath.ToSlash(root)+"/base/kustomization.yaml:4:3" {
		t.Error(at)
	}
	if !got.Within(&people, &list) || got.Apart(&people, &list) {
		t.Error("objects of one kustomization are applied together")
	}
	if named := Read([]string{filepath.Join(root, "prod/later.yaml")}, nil); len(named.Objects) > 0 || len(named.Skips) != 1 {
		t.Errorf("a patch that is named: %v, %v", named.Objects, named.Skips)
	}
}

// The namespace of an overlay is that of what it includes, if all agree.
func TestNamespaceOfOverlays(t *testing.T) {
	files := map[string]string{
		"base/kustomization.yaml": "resources: [relay.yaml]\n",
		"base/relay.yaml":         relay,
		"dev/kustomization.yaml":  "namespace: hr\nresources: [../base, own.yaml]\n",
		"dev/own.yaml":            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n",
		"prod/kustomization.yaml": "namespace: hr\nresources: [../base, own.yaml]\n",
		"prod/own.yaml":           "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n",
	}
	got := Read([]string{folder(t, files)}, nil)
	if kinds(got) != "Relay ConfigMap ConfigMap" || got.Objects[0].Namespace != "hr" || got.Objects[1].Namespace != "hr" {
		t.Fatalf("%s: %+v", kinds(got), got.Objects)
	}
	base, dev, prod := &got.Objects[0], &got.Objects[1], &got.Objects[2]
	if !got.Apart(dev, prod) || got.Apart(base, dev) || !got.Within(base, prod) || got.Within(prod, base) {
		t.Error("two overlays are applied apart, and each with what it includes")
	}
	files["prod/kustomization.yaml"] = "namespace: it\nresources: [../base]\n"
	if got := Read([]string{folder(t, files)}, nil); got.Objects[0].Namespace != "" {
		t.Errorf("two overlays don't agree: %q", got.Objects[0].Namespace)
	}
}
