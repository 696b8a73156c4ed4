//go:build !linux

package localnet

import (
	"os/exec"
	"syscall"
)

func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func startLocked(cmd *exec.Cmd) error { return cmd.Start() }

func runLocked(cmd *exec.Cmd) error { return cmd.Run() }
