# Sign the program and its libraries before the installer is made. Not tried yet: see packaging/README.md.
#   $env:CERTIFICATE: a .pfx file in base64; $env:CERTIFICATE_PASSWORD: its password
param([Parameter(Mandatory)] [string] $Folder)
$ErrorActionPreference = "Stop"

$file = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
try {
    [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($env:CERTIFICATE))
    $tool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" |
        Sort-Object FullName | Select-Object -Last 1
    $unsigned = Get-ChildItem $Folder -Recurse -Include *.exe, *.dll, *.pyd |
        Where-Object { (Get-AuthenticodeSignature $_).Status -eq "NotSigned" }
    foreach ($one in $unsigned) {
        & $tool sign /q /fd SHA256 /tr http://timestamp.digicert.com /td SHA256 `
            /f $file /p $env:CERTIFICATE_PASSWORD $one.FullName
        if ($LASTEXITCODE) { throw "$($one.Name) was not signed" }
    }
} finally {
    Remove-Item $file -Force -ErrorAction SilentlyContinue
}
