// Package plane is a Kubernetes control plane for measurements: a real etcd
// that syncs to disk, a real kube-apiserver, Crier's kinds, and nothing else.
package plane

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"crier.dev/crier/hack/bench/internal/proc"
	"crier.dev/crier/hack/e2e/harness"
)

// Plane is a running control plane.
type Plane struct {
	// Client is its administrator.
	Client client.Client
	// Kubeconfig is a file that makes others administrators.
	Kubeconfig string
	// Folder on disk that ends with the plane.
	Folder string

	env             *envtest.Environment
	etcd, apiserver int
}

// Start starts a plane whose data is below folder. root is the repository,
// assets has kube-apiserver and etcd.
func Start(ctx context.Context, root, assets, folder string) (*Plane, error) {
	log.SetLogger(logr.Discard()) // the client's; errors come back anyway
	folder, err := os.MkdirTemp(folder, "plane-")
	if err != nil {
		return nil, err
	}
	env := &envtest.Environment{
		BinaryAssetsDirectory: assets,
		CRDDirectoryPaths:     []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	etcd := &envtest.Etcd{}
	env.ControlPlane.Etcd = etcd
	etcd.DataDir = filepath.Join(folder, "etcd")
	// Tests may lose their data; what is measured here has to be on disk.
	etcd.Configure().Set("unsafe-no-fsync", "false")
	p := &Plane{env: env, Folder: folder}
	if err := os.Mkdir(etcd.DataDir, 0o700); err != nil {
		return nil, err
	}
	config, err := env.Start()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start of the API server in %s: %w", assets, err), p.Stop())
	}
	config.QPS, config.Burst = 1000, 1000
	if p.Client, err = client.New(config, client.Options{Scheme: harness.Scheme()}); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	if err := p.prepare(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func (p *Plane) prepare(ctx context.Context) error {
	children, err := proc.Children()
	if err != nil {
		return err
	}
	p.etcd, p.apiserver = children["etcd"], children["kube-apiserver"]
	if p.etcd == 0 || p.apiserver == 0 {
		return errors.New("etcd and kube-apiserver are not found among the processes of this one")
	}
	if p.Kubeconfig, err = p.UserConfig("bench-admin", "system:masters"); err != nil {
		return err
	}
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: harness.Namespace}}
	return p.Client.Create(ctx, space)
}

// UserConfig writes a kubeconfig for a user of that name and groups.
func (p *Plane) UserConfig(name string, groups ...string) (string, error) {
	user, err := p.env.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return "", err
	}
	text, err := user.KubeConfig()
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(p.Folder, "kubeconfig-")
	if err != nil {
		return "", err
	}
	defer file.Close()
	_, err = file.Write(text)
	return file.Name(), err
}

// Account writes what the kubelet gives a pod of a service account, a token and the
// certificate of the API server, into a folder.
func (p *Plane) Account(ctx context.Context, key client.ObjectKey, folder string) error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(24 * 60 * 60))}}
	if err := p.Client.SubResource("token").Create(ctx, account, request); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "token"), []byte(request.Status.Token), 0o600),
		os.WriteFile(filepath.Join(folder, "ca.crt"), p.env.Config.CAData, 0o600))
}

// Address is where the API server is: host and port.
func (p *Plane) Address() (string, error) {
	address, err := url.Parse(p.env.Config.Host)
	return address.Host, err
}

// Usage is processor time used so far.
type Usage struct{ Etcd, APIServer time.Duration }

// Usage reads it.
func (p *Plane) Usage() (Usage, error) {
	etcd, err := proc.CPU(p.etcd)
	if err != nil {
		return Usage{}, err
	}
	apiserver, err := proc.CPU(p.apiserver)
	return Usage{Etcd: etcd, APIServer: apiserver}, err
}

// Minus is what was used since before.
func (u Usage) Minus(before Usage) Usage {
	return Usage{Etcd: u.Etcd - before.Etcd, APIServer: u.APIServer - before.APIServer}
}

// Stop ends both programs and removes their data.
func (p *Plane) Stop() error {
	return errors.Join(p.env.Stop(), os.RemoveAll(p.Folder))
}
