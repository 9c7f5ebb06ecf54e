package deliveryrecord

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	crier "crier.dev/crier/api/v1alpha1"
)

func built() *scope {
	at := metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	record := &crier.DeliveryRecord{
		ObjectMeta: metav1.ObjectMeta{Name: "b-abcdefghijklmnopqrst", UID: "uid-of-record"},
		State: crier.DeliveryRecordState{
			Generation: 1, Deadline: &at,
			Frozen: &crier.FrozenDelivery{Attempt: "aaaaaaaaaa", Shards: 3},
			Pass: &crier.DeliveryPass{
				Number: 2, Job: "b-abcdefghijklmnopqrst-aaaaaaaaaa-p2", Workers: 2, Connections: 5,
				Selects: []crier.DeliveryState{crier.DeliveryExpired, crier.DeliveryDeferred},
			},
		},
	}
	return &scope{
		Reconciler: &Reconciler{Namespace: "crier-system", Image: "example.gov/crier:1", PullPolicy: corev1.PullIfNotPresent, PullSecrets: []string{"pull"}},
		record:     record, state: &record.State,
	}
}

// The files are what an API server gets. Run with UPDATE_GOLDEN=1 to write
// them anew, and look at the difference.
func TestGolden(t *testing.T) {
	s := built()
	for name, obj := range map[string]client.Object{
		"job": s.buildJob(1), "role": s.buildRole(), "rolebinding": s.buildRoleBinding(), "serviceaccount": s.buildServiceAccount(),
	} {
		got, err := yaml.Marshal(obj)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".yaml")
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s differs from %s:\n%s", name, file, got)
		}
	}
}

// The fields that the Pod Security standard "restricted" asks for.
func TestPodIsRestricted(t *testing.T) {
	pod := built().buildPodSpec(0)
	if p := pod.SecurityContext; !*p.RunAsNonRoot || *p.RunAsUser == 0 || p.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("pod %+v", p)
	}
	if pod.HostNetwork || pod.HostPID || pod.HostIPC || pod.RestartPolicy != corev1.RestartPolicyOnFailure {
		t.Errorf("pod %+v", pod)
	}
	for _, c := range pod.Containers {
		s := c.SecurityContext
		if *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(s.Capabilities.Add) > 0 {
			t.Errorf("container %+v", s)
		}
	}
	for _, v := range pod.Volumes {
		if v.EmptyDir == nil {
			t.Errorf("volume %+v", v)
		}
	}
}

// A sender's token is good for its own record, by name, and for nothing else.
func TestRightsAreExact(t *testing.T) {
	const prefix = "b-abcdefghijklmnopqrst-aaaaaaaaaa-"
	rules := built().buildRole().Rules
	if len(rules) != 2 {
		t.Fatalf("%d rules", len(rules))
	}
	for i, want := range []struct {
		group, resource string
		names, verbs    []string
	}{
		{"crier.dev", "deliveryshards", []string{prefix + "0", prefix + "1", prefix + "2"}, []string{"get", "update"}},
		{"", "secrets", []string{prefix + "0", prefix + "1", prefix + "2", prefix + "connection", prefix + "marks", prefix + "message"}, []string{"get"}},
	} {
		r := rules[i]
		names := slices.Sorted(slices.Values(r.ResourceNames))
		if !slices.Equal(r.APIGroups, []string{want.group}) || !slices.Equal(r.Resources, []string{want.resource}) ||
			!slices.Equal(names, want.names) || !slices.Equal(r.Verbs, want.verbs) {
			t.Errorf("rule %+v, want %+v", r, want)
		}
	}
}
