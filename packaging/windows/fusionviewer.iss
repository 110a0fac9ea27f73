; The Windows installer, for Inno Setup 6.3 or later:
;   iscc /DVersion=0.1.0 /DVariant=light packaging\windows\fusionviewer.iss
; Not tried yet: see packaging\README.md.

#ifndef Version
  #error "say /DVersion=…"
#endif
#ifndef Variant
  #define Variant "light"
#endif

[Setup]
AppId={{6E0C3C7B-5B0F-4F52-9C43-2F1E6B7B8C31}
AppName=FusionViewer
AppVersion={#Version}
AppPublisher=The FusionViewer developers
LicenseFile=..\..\LICENSE
DefaultDirName={autopf}\FusionViewer
DefaultGroupName=FusionViewer
DisableProgramGroupPage=yes
; For all users where the rights are there, else for the one who installs.
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
OutputDir=..\..\dist\{#Variant}
OutputBaseFilename=fusionviewer-{#Version}-{#Variant}-windows-x86_64
SetupIconFile=..\..\resources\icons\fusionviewer.ico
UninstallDisplayIcon={app}\FusionViewer.exe
Compression=lzma2/max
SolidCompression=yes
ChangesAssociations=yes
CloseApplications=yes
WizardStyle=modern

[Files]
Source: "..\..\dist\{#Variant}\fusionviewer\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
; An older version may have had files that this one has not.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\FusionViewer"; Filename: "{app}\FusionViewer.exe"
Name: "{autodesktop}\FusionViewer"; Filename: "{app}\FusionViewer.exe"; Tasks: desktopicon

[Tasks]
Name: desktopicon; Description: "An icon on the desktop"; Flags: unchecked

[Registry]
; Listed under “Open with”; nothing that opens these files today is replaced.
Root: HKA; Subkey: "Software\Classes\FusionViewer.Image"; ValueType: string; ValueData: "Medical image"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\FusionViewer.Image\DefaultIcon"; ValueType: string; ValueData: "{app}\FusionViewer.exe,0"
Root: HKA; Subkey: "Software\Classes\FusionViewer.Image\shell\open\command"; ValueType: string; ValueData: """{app}\FusionViewer.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.dcm\OpenWithProgids"; ValueType: string; ValueName: "FusionViewer.Image"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.nii\OpenWithProgids"; ValueType: string; ValueName: "FusionViewer.Image"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.fvsession\OpenWithProgids"; ValueType: string; ValueName: "FusionViewer.Image"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.png\OpenWithProgids"; ValueType: string; ValueName: "FusionViewer.Image"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.tif\OpenWithProgids"; ValueType: string; ValueName: "FusionViewer.Image"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Directory\shell\FusionViewer"; ValueType: string; ValueData: "Open with FusionViewer"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Directory\shell\FusionViewer\command"; ValueType: string; ValueData: """{app}\FusionViewer.exe"" ""%1"""

[Run]
Filename: "{app}\FusionViewer.exe"; Description: "Start FusionViewer"; Flags: nowait postinstall skipifsilent
