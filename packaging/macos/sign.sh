#!/bin/sh
# Sign, notarise and pack the program on macOS 13 or later. Not tried yet: see packaging/README.md.
#   IDENTITY="Developer ID Application: …" PROFILE=notary sh packaging/macos/sign.sh light 0.1.0
# PROFILE is what `xcrun notarytool store-credentials` was told.
set -eu
cd "$(dirname "$0")/../.."
variant=$1
version=$2
app="dist/$variant/FusionViewer.app"
image="dist/$variant/fusionviewer-$version-$variant-macos-$(uname -m).dmg"

# Inner files first: a signature covers what is inside.
find "$app" -type f \( -name '*.so' -o -name '*.dylib' \) -print0 |
  xargs -0 codesign --force --timestamp --options runtime --sign "$IDENTITY"
codesign --force --timestamp --options runtime --sign "$IDENTITY" \
  --entitlements packaging/macos/entitlements.plist "$app"
codesign --verify --deep --strict "$app"

hdiutil create -volname FusionViewer -srcfolder "$app" -ov -format UDZO "$image"
codesign --force --timestamp --sign "$IDENTITY" "$image"
xcrun notarytool submit "$image" --keychain-profile "$PROFILE" --wait
xcrun stapler staple "$image"
