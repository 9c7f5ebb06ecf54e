package kubelet

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestContainerAsItsTemplateSays(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p-1", UID: "u-1", Namespace: "n"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Args:         []string{"--journal", "/journal", "--pass", "1"},
			VolumeMounts: []corev1.VolumeMount{{MountPath: "/journal"}},
			Env: []corev1.EnvVar{
				{Name: "GOMEMLIMIT", Value: "60MiB"},
				{Name: "POD_UID", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.uid"}}},
			},
		}}},
	}
	if got := arguments(pod, "/tmp/x"); !slices.Equal(got, []string{"--journal", "/tmp/x", "--pass", "1"}) {
		t.Errorf("arguments %q", got)
	}
	got, err := environment(pod, "127.0.0.1:6443")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"KUBERNETES_SERVICE_HOST=localhost", "KUBERNETES_SERVICE_PORT=6443", "GOMEMLIMIT=60MiB", "POD_UID=u-1"} {
		if !slices.Contains(got, want) {
			t.Errorf("environment %q lacks %s", got, want)
		}
	}
}
