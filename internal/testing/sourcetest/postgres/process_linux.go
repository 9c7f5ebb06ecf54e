package postgres

import "syscall"

// process runs a program as somebody, and keeps it from outliving a test that
// was killed.
func process(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT}
}
